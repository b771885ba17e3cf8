package handlers

import (
	"bytes"
	"net/http"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/a-h/templ"

	"gatebook/db"
	"gatebook/handlers/accounts"
	"gatebook/views"
)

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// show renders a page whole, then writes status and body: a page that fails
// half-way is never half sent.
func (s *Server) show(w http.ResponseWriter, r *request, status int, page templ.Component) error {
	buf := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(buf)
	buf.Reset()
	if err := page.Render(r.Context(), buf); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, err := w.Write(buf.Bytes())
	if err != nil {
		s.Log.Debug("the browser left", "request", r.id, "error", err)
	}
	return nil
}

// chrome is what every page shares.
func (s *Server) chrome(w http.ResponseWriter, r *request, title, nav string) views.Chrome {
	c := views.Chrome{
		Title: title,
		Site:  s.Site,
		Nav:   nav,
		Theme: s.theme(r),
		Demo:  s.Demo != nil,
		Flash: s.takeFlash(w, r),
	}
	if r.Method == http.MethodGet && !strings.HasSuffix(r.URL.Path, "/callback") && !strings.HasPrefix(r.URL.Path, "/claim/") {
		c.Path = r.URL.RequestURI()
	}
	if r.session != nil {
		c.Account = &views.Person{
			Name:     r.account.Name,
			Initials: initials(r.account.Name),
			Admin:    r.account.Admin && r.account.Status == db.StatusActive,
			Pending:  r.account.Status == db.StatusPending,
		}
	}
	return c
}

// initials are the first letters of the first and the last word of a name.
func initials(name string) string {
	words := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if len(words) == 0 {
		return "?"
	}
	first, _ := utf8.DecodeRuneInString(words[0])
	text := string(unicode.ToUpper(first))
	if len(words) > 1 {
		last, _ := utf8.DecodeRuneInString(words[len(words)-1])
		text += string(unicode.ToUpper(last))
	}
	return text
}

const maxUserAgent = 512

// cleanHeader makes a header's text safe to keep: valid UTF-8, no control
// characters, at most limit bytes.
func cleanHeader(s string, limit int) string { return accounts.CleanText(s, limit) }
