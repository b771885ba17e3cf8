package practice

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"
)

//go:embed page.html style.css marks/*.svg
var files embed.FS

var pageTemplate = template.Must(template.ParseFS(files, "page.html"))

// page is what the one page shows: the personas, or a problem.
type page struct {
	brand
	Action  string
	Fields  []field
	Client  string // host of the address that the person is sent back to
	Wants   string
	People  []person
	Problem string
}

// field is a parameter of the request, carried through the form.
type field struct{ Name, Value string }

// carried are the parameters that the form repeats; the rest of a request has
// no meaning here.
var carried = []string{
	"client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "nonce",
	"code_challenge", "code_challenge_method", "prompt", "max_age",
}

// wants puts scopes into the page's words; openid itself asks for nothing that
// a person would call their own.
var wants = map[string]string{
	"profile": "your name and picture", "email": "your e-mail address",
	"user": "your profile", "read:user": "your profile", "user:email": "your e-mail addresses",
}

func (p *provider) showPeople(w http.ResponseWriter, q url.Values) {
	pg := page{brand: p.brand, Action: "/" + p.ID + p.authorizePath(), People: people}
	for _, name := range carried {
		if q.Has(name) {
			pg.Fields = append(pg.Fields, field{name, q.Get(name)})
		}
	}
	if u, err := url.Parse(q.Get("redirect_uri")); err == nil {
		pg.Client = u.Host
	}
	pg.Wants = asked(q.Get("scope"))
	show(w, http.StatusOK, pg)
}

// asked is what the client asks to see, as the end of a sentence.
func asked(scope string) string {
	var list []string
	for _, one := range scopes(scope) {
		if text := wants[one]; text != "" {
			list = append(list, text)
		}
	}
	return strings.Join(list, " and ")
}

// showProblem tells the person what the client did wrong. The client hears
// nothing: its address is not to be trusted here.
func (p *provider) showProblem(w http.ResponseWriter, problem string) {
	show(w, http.StatusBadRequest, page{brand: p.brand, Problem: problem})
}

// pagePolicy has no form-action on purpose: browsers hold it against the
// redirect that follows the form too, so it would have to name the client and
// every site that the client sends the person on to.
const pagePolicy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"

func show(w http.ResponseWriter, status int, pg page) {
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, pg); err != nil {
		http.Error(w, "the page could not be drawn", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", pagePolicy)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // a reader who went away misses nothing
}

func serveStyle(w http.ResponseWriter, r *http.Request) {
	serveFile(w, "text/css; charset=utf-8", "style.css")
}

func (p *provider) serveMark(w http.ResponseWriter, r *http.Request) {
	serveFile(w, "image/svg+xml", "marks/"+p.ID+".svg")
}

func serveFile(w http.ResponseWriter, contentType, name string) {
	text, err := files.ReadFile(name)
	if err != nil {
		http.Error(w, "no such file", http.StatusNotFound)
		return
	}
	writeStatic(w, contentType, text)
}

func writeStatic(w http.ResponseWriter, contentType string, text []byte) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Security-Policy", "default-src 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "max-age=60")
	_, _ = w.Write(text)
}

// avatar is a face without a picture: initials on the person's own colour.
const avatar = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48"><rect width="48" height="48" fill="hsl(%d 42%% 38%%)"/>` +
	`<text x="24" y="31" text-anchor="middle" font-family="sans-serif" font-size="19" font-weight="600" fill="#fff">%s</text></svg>`

func (p *provider) serveAvatar(w http.ResponseWriter, r *http.Request) {
	who, ok := personByHandle(r.PathValue("handle"))
	if !ok {
		http.NotFound(w, r)
		return
	}
	hue := who.number * 137 % 360 // neighbours come out far apart
	writeStatic(w, "image/svg+xml", fmt.Appendf(nil, avatar, hue, who.initials()))
}

func (who person) initials() string {
	var b strings.Builder
	for _, word := range strings.Fields(who.Name) {
		b.WriteByte(word[0])
	}
	return b.String()
}

func (p *provider) avatarURL(who person) string { return p.base + "/avatar/" + who.Handle }
