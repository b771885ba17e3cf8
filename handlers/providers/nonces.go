package providers

import (
	"sync"
	"time"
)

// maxNonces bounds the memory of a flood of assertions, each of which would
// have to be for an attempt of its own.
const maxNonces = 100_000

// nonces remembers the assertions of the last minutes, so that each counts
// once (OpenID Authentication 2.0 §11.3). The zero value is ready.
type nonces struct {
	mu   sync.Mutex
	seen map[string]time.Time // until when
}

// first says whether a nonce is of now and new. A nonce begins with its time.
func (n *nonces) first(nonce string, now time.Time) bool {
	const form = "2006-01-02T15:04:05Z"
	if len(nonce) < len(form) || len(nonce) > 255 {
		return false
	}
	at, err := time.Parse(form, nonce[:len(form)])
	if err != nil || at.Before(now.Add(-nonceLife)) || at.After(now.Add(skew)) {
		return false
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for known, until := range n.seen {
		if until.Before(now) {
			delete(n.seen, known)
		}
	}
	if _, known := n.seen[nonce]; known || len(n.seen) >= maxNonces {
		return false
	}
	if n.seen == nil {
		n.seen = make(map[string]time.Time)
	}
	n.seen[nonce] = at.Add(nonceLife)
	return true
}
