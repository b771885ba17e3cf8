// Package assets holds what browsers fetch beside the pages: one stylesheet,
// one script, htmx and the provider marks. All of it is embedded, and each URL
// carries the hash of its content, so a browser may keep it for ever.
package assets

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"path"
	"strings"
	"sync"
)

//go:embed app.css app.js repost.js htmx.min.js favicon.svg icons/*.svg
var files embed.FS

// Prefix is the path under which Handler expects to be mounted.
const Prefix = "/assets/"

// hashBytes is how much of the SHA-256 goes into a name: enough that two
// versions never share one.
const hashBytes = 8

// types is closed: a file of any other kind cannot be embedded by accident.
var types = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
}

// file is one asset, ready to be served.
type file struct {
	url, mime, hash string
	plain           []byte
	gzipped         func() []byte
}

var byName, byURL = load(files)

// Path is the URL of an embedded file, such as "/assets/app.1f0c….css" for
// "app.css". It panics when there is no such file: names are constants of the
// program, and the tests render every page.
func Path(name string) string {
	f, ok := byName[name]
	if !ok {
		panic("assets: no file " + name)
	}
	return f.url
}

// Icon is the URL of a provider's mark, or "" when there is none, so that the
// page shows a letter instead. The name comes from settings and may be anything.
func Icon(name string) string {
	if f, ok := byName["icons/"+name+".svg"]; ok {
		return f.url
	}
	return ""
}

func load(from fs.FS) (names, urls map[string]*file) {
	names, urls = map[string]*file{}, map[string]*file{}
	err := fs.WalkDir(from, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := fs.ReadFile(from, name)
		if err != nil {
			return err
		}
		f := newFile(name, body)
		names[name], urls[f.url] = f, f
		return nil
	})
	if err != nil {
		panic("assets: " + err.Error()) // an embedded file cannot fail to read
	}
	return names, urls
}

func newFile(name string, body []byte) *file {
	ext := path.Ext(name)
	mime, ok := types[ext]
	if !ok {
		panic("assets: no content type for " + name)
	}
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:hashBytes])
	return &file{
		url:     Prefix + strings.TrimSuffix(name, ext) + "." + hash + ext,
		mime:    mime,
		hash:    hash,
		plain:   body,
		gzipped: sync.OnceValue(func() []byte { return compress(body) }),
	}
}

// compress returns nil when gzip would not make the body smaller.
func compress(body []byte) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is valid
	if _, err := w.Write(body); err != nil {
		return nil
	}
	if err := w.Close(); err != nil || b.Len() >= len(body) {
		return nil
	}
	return b.Bytes()
}
