package handlers

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// healthz says that the process answers, whatever else is wrong.
func (s *Server) healthz(w http.ResponseWriter, _ *request) error {
	return plain(w, http.StatusOK, "ok")
}

// readyz says whether sign-ins can work now: the database can be read.
func (s *Server) readyz(w http.ResponseWriter, r *request) error {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if err := s.Store.Ping(ctx); err != nil {
		s.Log.Error("not ready", "request", r.id, "error", err)
		return plain(w, http.StatusServiceUnavailable, "storage unavailable")
	}
	return plain(w, http.StatusOK, "ready")
}

func plain(w http.ResponseWriter, status int, text string) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, err := fmt.Fprintln(w, text)
	return err
}
