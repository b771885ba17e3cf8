package practice

import (
	"bytes"
	"io"
	"net/http"
	"time"
)

// hugeBody is the length of a reply that nobody should read, in bytes.
const hugeBody = 256 << 20

// huge sends one JSON text of hugeBody bytes, as far as the client reads.
func huge(w http.ResponseWriter, _ *http.Request, _ <-chan struct{}) {
	w.Header().Set("Content-Type", "application/json")
	if _, err := io.WriteString(w, `{"sub":"`); err != nil {
		return
	}
	block := bytes.Repeat([]byte("a"), 64<<10)
	for sent := 0; sent < hugeBody; sent += len(block) {
		if _, err := w.Write(block); err != nil {
			return
		}
	}
	_, _ = io.WriteString(w, `"}`)
}

// trickling sends an endless JSON text a byte at a time, until the client
// leaves or the fault is lifted.
func trickling(w http.ResponseWriter, r *http.Request, lifted <-chan struct{}) {
	w.Header().Set("Content-Type", "application/json")
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for next := byte('"'); ; next = 'a' {
		if _, err := w.Write([]byte{next}); err != nil || http.NewResponseController(w).Flush() != nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-lifted:
			return
		case <-tick.C:
		}
	}
}
