package handlers

import (
	"fmt"
	"time"

	"gatebook/views"
)

// when writes an instant three ways: exact for machines, short for people, in
// full for those who point at it. All of them are UTC; app.js adds the
// reader's own time.
func when(t, now time.Time) views.When {
	if t.IsZero() {
		return views.When{}
	}
	t = t.UTC()
	return views.When{
		ISO:   t.Format(time.RFC3339),
		Text:  shortTime(t, now.UTC()),
		Title: t.Format("Monday 2 January 2006, 15:04:05 UTC"),
	}
}

// shortTime is relative within a day and a date before it.
func shortTime(t, now time.Time) string {
	ago := now.Sub(t)
	switch {
	case ago < 0 && ago > -time.Minute, ago >= 0 && ago < time.Minute:
		return "just now"
	case ago >= 0 && ago < time.Hour:
		return fmt.Sprintf("%d min ago", int(ago.Minutes()))
	case ago >= 0 && ago < 24*time.Hour:
		return fmt.Sprintf("%d h ago", int(ago.Hours()))
	case t.Year() == now.Year():
		return t.Format("2 Jan, 15:04")
	}
	return t.Format("2 Jan 2006")
}

// day writes the date of an instant.
func day(t time.Time) views.When {
	w := when(t, t)
	w.Text = t.UTC().Format("2 January 2006")
	return w
}

// stamp writes an instant of the book: the time today, else the date with it.
func stamp(t, now time.Time) views.When {
	w := when(t, now)
	t, now = t.UTC(), now.UTC()
	switch {
	case t.Format(time.DateOnly) == now.Format(time.DateOnly):
		w.Text = t.Format("15:04:05")
	case t.Year() == now.Year():
		w.Text = t.Format("2 Jan 15:04:05")
	default:
		w.Text = t.Format("2 Jan 2006 15:04")
	}
	return w
}
