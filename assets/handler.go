package assets

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Handler serves the hashed names under Prefix for GET and HEAD. Any other path
// is 404, also the name of a file without its hash: it could not be kept for ever.
func Handler() http.Handler { return http.HandlerFunc(serve) }

func serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	f, ok := byURL[r.URL.Path]
	if !ok {
		http.Error(w, "no such file", http.StatusNotFound)
		return
	}
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Content-Type", f.mime)
	h.Set("Vary", "Accept-Encoding")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.encode(h, r)))
}

// encode picks the form that the browser takes. Each has a tag of its own, as
// RFC 9110 §8.8.3.3 asks of encoded variants.
func (f *file) encode(h http.Header, r *http.Request) []byte {
	if takesGzip(r.Header.Get("Accept-Encoding")) {
		if body := f.gzipped(); body != nil {
			h.Set("Content-Encoding", "gzip")
			h.Set("ETag", `"`+f.hash+`-gz"`)
			return body
		}
	}
	h.Set("ETag", `"`+f.hash+`"`)
	return f.plain
}

// takesGzip reads Accept-Encoding (RFC 9110 §12.5.3): gzip counts when it is
// named and its weight is not zero. "*" alone is not worth the trouble.
func takesGzip(accept string) bool {
	for part := range strings.SplitSeq(accept, ",") {
		name, params, _ := strings.Cut(part, ";")
		if !strings.EqualFold(strings.TrimSpace(name), "gzip") {
			continue
		}
		q, weighed := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q=")
		if !weighed {
			return true
		}
		weight, err := strconv.ParseFloat(q, 64)
		return err == nil && weight > 0
	}
	return false
}
