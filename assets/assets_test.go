package assets

import (
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func get(t *testing.T, method, target string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, res *http.Response) []byte {
	t.Helper()
	b, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestHandler(t *testing.T) {
	css, js, icon := Path("app.css"), Path("app.js"), Icon("github")
	for _, tt := range []struct {
		name, method, path, accept, want string // want: status, type, encoding
	}{
		{"stylesheet", "GET", css, "", "200|text/css; charset=utf-8|"},
		{"script, gzip", "GET", js, "br, gzip;q=0.8", "200|text/javascript; charset=utf-8|gzip"},
		{"mark, gzip", "GET", icon, "GZIP", "200|image/svg+xml|gzip"},
		{"gzip refused", "GET", css, "gzip;q=0", "200|text/css; charset=utf-8|"},
		{"gzip refused, spaced", "GET", css, "br, gzip ; q = 0.000", "200|text/css; charset=utf-8|"},
		{"gzip with a weight that is none", "GET", css, "gzip;q=x", "200|text/css; charset=utf-8|"},
		{"another coding", "GET", css, "xgzip, br", "200|text/css; charset=utf-8|"},
		{"head", "HEAD", css, "gzip", "200|text/css; charset=utf-8|gzip"},
		{"no hash", "GET", "/assets/app.css", "", "404|text/plain; charset=utf-8|"},
		{"old hash", "GET", "/assets/app.0000000000000000.css", "", "404|text/plain; charset=utf-8|"},
		{"folder", "GET", "/assets/", "", "404|text/plain; charset=utf-8|"},
		{"notice is not served", "GET", "/assets/icons/NOTICE", "", "404|text/plain; charset=utf-8|"},
		{"way out", "GET", "/assets/../assets.go", "", "404|text/plain; charset=utf-8|"},
		{"post", "POST", css, "", "405|text/plain; charset=utf-8|"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res := get(t, tt.method, tt.path, "Accept-Encoding", tt.accept)
			got := strings.Join([]string{res.Status[:3], res.Header.Get("Content-Type"), res.Header.Get("Content-Encoding")}, "|")
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if res.Header.Get("X-Content-Type-Options") != "nosniff" {
				t.Error("no nosniff")
			}
			kept := res.Header.Get("Cache-Control") == "public, max-age=31536000, immutable"
			if kept != (res.StatusCode == http.StatusOK) {
				t.Errorf("status %d with Cache-Control %q", res.StatusCode, res.Header.Get("Cache-Control"))
			}
			if tt.method == http.MethodHead && len(body(t, res)) > 0 {
				t.Error("HEAD has a body")
			}
		})
	}
}

func TestHandler_VariantsHoldTheSameBytes(t *testing.T) {
	want, err := os.ReadFile("app.css")
	if err != nil {
		t.Fatal(err)
	}
	plain := get(t, "GET", Path("app.css"))
	if diff := cmp.Diff(string(want), string(body(t, plain))); diff != "" {
		t.Error(diff)
	}
	zipped := get(t, "GET", Path("app.css"), "Accept-Encoding", "gzip")
	r, err := gzip.NewReader(zipped.Body)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(io.LimitReader(r, 1<<20))
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("gzip variant differs (%v)", err)
	}
	if a, b := plain.Header.Get("ETag"), zipped.Header.Get("ETag"); a == b || a == "" || b == "" {
		t.Errorf("tags %q and %q must differ", a, b)
	}
}

func TestHandler_NotModified(t *testing.T) {
	tag := get(t, "GET", Path("app.js"), "Accept-Encoding", "gzip").Header.Get("ETag")
	res := get(t, "GET", Path("app.js"), "Accept-Encoding", "gzip", "If-None-Match", tag)
	if res.StatusCode != http.StatusNotModified || len(body(t, res)) != 0 {
		t.Errorf("got %s", res.Status)
	}
	if res := get(t, "GET", Path("app.js"), "If-None-Match", tag); res.StatusCode != http.StatusOK {
		t.Errorf("the tag of another variant gave %s", res.Status)
	}
}

func TestPath_ChangesWithContent(t *testing.T) {
	one, _ := load(fstest.MapFS{"a.css": {Data: []byte("a{}")}})
	two, _ := load(fstest.MapFS{"a.css": {Data: []byte("b{}")}})
	if one["a.css"].url == two["a.css"].url {
		t.Error("two contents, one URL")
	}
}

func TestPath_UnknownPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	Path("nothing.css")
}

func TestLoad_RefusesUnknownTypes(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	load(fstest.MapFS{"page.html": {Data: []byte("<p>")}})
}

// TestHTMX pins the vendored library, htmx 4.0.1, to its published bytes.
func TestHTMX(t *testing.T) {
	sum := sha512.Sum384(byName["htmx.min.js"].plain)
	const want = "Qp9rdC8H7EqOoX+nR0P3RPG2Noji+qdwJlGpfzwQJsfOpp3sGwIdSP9xO3+UlEhn"
	if got := base64.StdEncoding.EncodeToString(sum[:]); got != want {
		t.Errorf("SHA-384 %s, want %s", got, want)
	}
}

func TestBudgets(t *testing.T) {
	for name, most := range map[string]int{"app.css": 16 << 10, "app.js": 4 << 10} {
		if n := len(byName[name].plain); n > most {
			t.Errorf("%s: %d bytes, budget %d", name, n, most)
		}
	}
	total := 0
	for name, f := range byName {
		if !strings.HasPrefix(name, "icons/") {
			total += len(transferred(f))
		}
	}
	if total > 30<<10 {
		t.Errorf("a first visit fetches %d bytes beside the page", total)
	}
}

// transferred is what a browser that takes gzip receives.
func transferred(f *file) []byte {
	if zipped := f.gzipped(); zipped != nil {
		return zipped
	}
	return f.plain
}

func TestIcon_Unknown(t *testing.T) {
	for _, name := range []string{"", "nothing", "../app", "NOTICE", "github.svg", `"><script>`} {
		if got := Icon(name); got != "" {
			t.Errorf("Icon(%q) = %q", name, got)
		}
	}
}
