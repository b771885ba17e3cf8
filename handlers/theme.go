package handlers

import (
	"net/http"
	"time"
)

// theme is the browser's chosen theme: "light", "dark" or "" for the system's.
func (s *Server) theme(r *request) string {
	switch v := s.cookies.get(r, themeCookie); v {
	case "light", "dark":
		return v
	}
	return ""
}

// setTheme keeps the choice for a year and returns to where it was made.
func (s *Server) setTheme(w http.ResponseWriter, r *request) error {
	switch v := r.FormValue("theme"); v {
	case "light", "dark":
		s.cookies.set(w, themeCookie, v, 365*24*time.Hour)
	default:
		s.cookies.drop(w, themeCookie)
	}
	to := r.FormValue("return")
	if to == "" {
		to = "/"
	}
	return s.redirect(w, r, to)
}
