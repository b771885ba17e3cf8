package practice

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync/atomic"
)

// Fault names one way for a provider to misbehave, such as "bad-sig" or
// "token-slow"; Faults lists them. It is set by Go code alone: no request can.
type Fault string

// FaultNone is a provider that behaves.
const FaultNone Fault = ""

// edit changes a reply before it is sent; nil changes nothing.
type edit[M any] func(M)

func (e edit[M]) apply(m M) {
	if e != nil {
		e(m)
	}
}

// change is what a fault alters. The zero change alters nothing.
type change struct {
	about    string
	forge    bool                                    // an edit that Forge has, too
	redirect edit[url.Values]                        // the answer to an authorization request
	metadata edit[map[string]any]                    // the discovery document
	reply    edit[map[string]any]                    // the token endpoint's reply
	claims   edit[map[string]any]                    // the ID token's claims
	seal     func(*provider, []byte) (string, error) // signs the ID token
	profile  edit[map[string]any]                    // the userinfo reply, Forge's /user
	pkce     func(challenge, verifier string) bool   // judges the verifier
	at       string                                  // the endpoint that takeOver replaces
	takeOver func(http.ResponseWriter, *http.Request, <-chan struct{})
}

// touches says whether the fault alters anything at the provider.
func (c change) touches(p *provider) bool {
	if c.takeOver != nil {
		return p.hits[c.at] != nil
	}
	return c.forge || p.Kind == kindOIDC
}

// activeFault is a change in force; lifted closes when it is replaced.
type activeFault struct {
	change
	lifted chan struct{}
}

// SetFault makes a provider misbehave from the next request on; FaultNone ends
// it, and either lets go of requests that the fault before it held back. An
// unknown provider or fault, or a fault that this provider cannot have, panics:
// a test would otherwise prove nothing.
func (s *Server) SetFault(provider string, f Fault) {
	p := s.provider(provider)
	next := &activeFault{lifted: make(chan struct{})}
	if f != FaultNone {
		c, ok := faults[f]
		if !ok || !c.touches(p) {
			panic(fmt.Sprintf("practice: %s has no fault %q", provider, f))
		}
		next.change = c
	}
	close(p.fault.Swap(next).lifted)
}

// Faults lists the faults that a provider can have, sorted.
func (s *Server) Faults(provider string) []Fault {
	p := s.provider(provider)
	var names []Fault
	for name, c := range faults {
		if c.touches(p) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// About says in a few words what the fault does; "" for FaultNone.
func (f Fault) About() string { return faults[f].about }

// handle registers an endpoint that is counted and that a fault may take over.
func (p *provider) handle(mux *http.ServeMux, pattern, name string, h endpoint) {
	n := p.hits[name]
	if n == nil {
		n = new(atomic.Int64)
		p.hits[name] = n
	}
	mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		f := p.fault.Load()
		n.Add(1) // after it: whoever sees the count may change the fault
		if f.takeOver != nil && f.at == name {
			f.takeOver(w, r, f.lifted)
			return
		}
		h(w, r, f.change)
	})
}
