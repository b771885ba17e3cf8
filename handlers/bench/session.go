package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"gatebook/db"
	"gatebook/db/event"
)

const connections = 64

// load is what one server answered in its rounds.
type load struct {
	answers atomic.Int64
	mu      sync.Mutex
	took    []time.Duration
	spent   time.Duration
}

func (l *load) perSecond() float64 { return float64(l.answers.Load()) / l.spent.Seconds() }

// benchSession compares the session check, cookie to decoded session, with a
// bare 204 of net/http. Both cross a real connection.
func benchSession(ctx context.Context, dir string, s sizes) error {
	store, err := db.Open(ctx, filepath.Join(dir, "session.db"), db.Options{})
	if err != nil {
		return err
	}
	defer store.Close()
	token, err := newAdmin(ctx, store)
	if err != nil {
		return err
	}
	bare, stopBare, err := listen(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	if err != nil {
		return err
	}
	defer stopBare()
	checked, stopChecked, err := listen(sessionCheck(store))
	if err != nil {
		return err
	}
	defer stopChecked()
	var floor, ours load
	for i := range s.rounds {
		pair := []func() error{
			func() error { return floor.round(bare, token, s.round) },
			func() error { return ours.round(checked, token, s.round) },
		}
		for j := range pair {
			if err := pair[(i+j)%2](); err != nil {
				return err
			}
		}
	}
	heading("Session check (cookie, SHA-256, map of decoded sessions), 64 connections on loopback")
	fmt.Printf("%-28s %12s %10s %10s\n", "", "answers/s", "p50 ms", "p99 ms")
	for _, row := range []struct {
		name string
		l    *load
	}{{"floor: net/http 204", &floor}, {"session check", &ours}} {
		fmt.Printf("%-28s %12.0f %10.2f %10.2f\n", row.name, row.l.perSecond(), ms(quantile(row.l.took, .5)), ms(quantile(row.l.took, .99)))
	}
	fmt.Printf("ratio %.2f of the floor (budget: 0.70)\n", ours.perSecond()/floor.perSecond())
	return nil
}

// sessionCheck is the check that every page begins with.
func sessionCheck(store *db.Store) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		cookie, err := r.Cookie("gatebook_session")
		if err != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if _, err := store.Session(r.Context(), db.TokenHash(cookie.Value)); err != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
}

// newAdmin makes an admin's account with a session, and returns its token.
func newAdmin(ctx context.Context, store *db.Store) (string, error) {
	token := db.NewToken()
	err := store.InTx(ctx, db.Actor{Kind: event.System}, func(_ context.Context, tx *db.Tx) error {
		a, err := tx.InsertAccount(db.Account{Name: "Bench", Status: db.StatusActive, Admin: true})
		if err != nil {
			return err
		}
		_, err = tx.StartSession(db.TokenHash(token), db.Session{AccountID: a.ID, ProvedAt: tx.Now(), ExpiresAt: tx.Now().Add(time.Hour)})
		return err
	})
	return token, err
}

func listen(h http.Handler) (url string, stop func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: h}
	go server.Serve(l)
	return "http://" + l.Addr().String() + "/", func() { server.Close() }, nil
}

// round loads one server for a while. Every answer is checked.
func (l *load) round(url, token string, d time.Duration) error {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections, MaxConnsPerHost: connections}}
	defer client.CloseIdleConnections()
	end := time.Now().Add(d)
	failed := make(chan error, connections)
	for range connections {
		go func() { failed <- l.worker(client, url, token, end) }()
	}
	var first error
	for range connections {
		if err := <-failed; err != nil && first == nil {
			first = err
		}
	}
	l.spent += d
	return first
}

func (l *load) worker(client *http.Client, url, token string, end time.Time) error {
	ask, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	ask.Header.Set("Cookie", "gatebook_session="+token)
	var took []time.Duration
	for time.Now().Before(end) {
		began := time.Now()
		answer, err := client.Do(ask)
		if err != nil {
			return err
		}
		io.Copy(io.Discard, io.LimitReader(answer.Body, 1<<10))
		answer.Body.Close()
		if answer.StatusCode != http.StatusNoContent {
			return fmt.Errorf("%s answered %s", url, answer.Status)
		}
		took = append(took, time.Since(began))
	}
	l.answers.Add(int64(len(took)))
	l.mu.Lock()
	defer l.mu.Unlock()
	l.took = append(l.took, took...)
	return nil
}
