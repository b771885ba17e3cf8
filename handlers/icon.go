package handlers

import (
	"net/http"
)

// iconPath is where an operator's own picture of a provider is.
const iconPath = "/icons/"

// icon serves the picture that an operator gave a provider. It is shown as an
// image only, and even opened by itself its scripts would not run.
func (s *Server) icon(w http.ResponseWriter, r *request) error {
	p, ok := s.Providers.Get(r.PathValue("provider"))
	if !ok || p.Icon().Data == nil {
		return errNotFound
	}
	h := w.Header()
	h.Set("Content-Type", p.Icon().Type)
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
	h.Set("Cache-Control", "public, max-age=3600")
	h.Del("Vary")
	_, err := w.Write(p.Icon().Data)
	if err != nil {
		s.Log.Debug("the browser left", "request", r.id, "error", err)
	}
	return nil
}
