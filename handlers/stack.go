package handlers

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path"
	"runtime/debug"
	"strings"
	"time"

	"github.com/klauspost/compress/gzhttp"

	"gatebook/db/event"
	"gatebook/handlers/accounts"
)

// callbackPattern is the one route that other sites may post to.
const callbackPattern = "POST /signin/{provider}/callback"

const maxBody = 64 << 10 // bytes; no form of ours comes near

// contentPolicy allows what our own pages use and nothing else. The leaving
// page goes on by a meta refresh, so form-action need not name providers.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// stack puts around the mux what every request passes through, outermost
// first: naming and logging the request, catching panics, headers, the host,
// the path, the origin, compression.
func (s *Server) stack(mux http.Handler) http.Handler {
	origin := http.NewCrossOriginProtection()
	// A provider's form comes from its own site; callbackPost does nothing with
	// it but show a page of ours.
	origin.AddInsecureBypassPattern(callbackPattern)
	origin.SetDenyHandler(s.serve(func(http.ResponseWriter, *request) error {
		return &accounts.Denied{Reason: event.ReasonCSRF}
	}))
	h := origin.Handler(s.compressed(mux))
	h = s.onlyPlainPaths(h)
	h = s.onlyOurHost(h)
	h = s.headers(h)
	h = s.caught(h)
	return s.logged(h)
}

// compressed gzips pages. The pages of a trip hold secrets next to text from
// the request, so they are left plain (BREACH).
func (s *Server) compressed(next http.Handler) http.Handler {
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(1024), gzhttp.CompressionLevel(1),
		gzhttp.ContentTypes([]string{"text/html", "text/plain", "application/x-ndjson"}))
	if err != nil {
		panic(err) // the options are constants
	}
	zipped := wrap(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, trip := range []string{"/signin/", "/claim/", "/stepup/", "/account/link/"} {
			if strings.HasPrefix(r.URL.Path, trip) {
				next.ServeHTTP(w, r)
				return
			}
		}
		zipped.ServeHTTP(w, r)
	})
}

// logged names the request, finds its client and writes one line about it,
// never with the query: a callback's holds a code.
func (s *Server) logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		info := requestInfo{id: strings.ToLower(rand.Text()[:16]), ip: clientIP(r, s.TrustedProxies)}
		seen := &statusWriter{ResponseWriter: w}
		level := slog.LevelInfo
		if strings.HasPrefix(r.URL.Path, "/assets/") || r.URL.Path == "/healthz" || r.URL.Path == "/readyz" {
			level = slog.LevelDebug
		}
		defer func() { // also for an answer that was broken off
			s.Log.Log(r.Context(), level, "request", "request", info.id, "method", cleanHeader(r.Method, 16), "path", safePath(r.URL.Path),
				"status", seen.status, "ms", time.Since(began).Milliseconds(), "ip", info.ip.String())
		}()
		next.ServeHTTP(seen, r.WithContext(context.WithValue(r.Context(), requestKey{}, info)))
	})
}

// safePath is a path as logs may hold it: without the claim code, also where
// the rest of the link was mistyped.
func safePath(asked string) string {
	if strings.Contains(strings.ToLower(asked), "claim/") {
		return "/claim/…"
	}
	return cleanHeader(asked, 256)
}

// statusWriter remembers the status that was sent.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController find the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// caught turns a panic into the error page, and the process lives on.
func (s *Server) caught(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			value := recover()
			if value == nil {
				return
			}
			if err, ok := value.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(value)
			}
			s.Log.Error("panic", "path", safePath(r.URL.Path), "panic", fmt.Sprint(value), "stack", string(debug.Stack()))
			if seen, ok := w.(*statusWriter); ok && seen.status != 0 {
				panic(http.ErrAbortHandler) // half a page is out: break the connection rather than end it well
			}
			info, _ := r.Context().Value(requestKey{}).(requestInfo)
			s.fail(w, &request{Request: r, id: info.id, ip: info.ip}, errors.New("panic"))
		}()
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		next.ServeHTTP(w, r)
	})
}

// headers are those of every answer, also of errors.
func (s *Server) headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("Referrer-Policy", "same-origin")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
		if s.cookies.secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		if !strings.HasPrefix(r.URL.Path, "/assets/") {
			h.Set("Cache-Control", "no-store")
			h.Set("Vary", "Cookie, HX-Request, HX-Request-Type")
		}
		next.ServeHTTP(w, r)
	})
}

// onlyOurHost refuses requests that name another host: nothing here may be
// built from it (RFC 9110 §7.4). Health checks may name any.
func (s *Server) onlyOurHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.isOurs(r.Host) && r.URL.Path != "/healthz" && r.URL.Path != "/readyz" {
			plain(w, http.StatusMisdirectedRequest, "This is not the address of this site. It is "+s.URL.String())
			return
		}
		next.ServeHTTP(w, r)
	})
}

// isOurs compares a Host header with the configured address: host names have
// no case, and a client may spell out the scheme's own port (RFC 3986 §6.2).
func (s *Server) isOurs(host string) bool {
	if s.URL.Port() == "" {
		host = strings.TrimSuffix(host, map[string]string{"https": ":443", "http": ":80"}[s.URL.Scheme])
	}
	return strings.EqualFold(host, s.URL.Host)
}

// onlyPlainPaths answers 404 for a path with doubled slashes or dots in it.
// ServeMux would redirect it to the clean one with a status that has browsers
// send a form again.
func (s *Server) onlyPlainPaths(next http.Handler) http.Handler {
	missing := s.serve(gone)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p := r.URL.Path; p != "/" && path.Clean(p+"x") != p+"x" {
			missing.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}
