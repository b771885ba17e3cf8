package providers

import (
	"context"
	"net/http"
	"time"

	"gatebook/db/event"
)

// Probe is what a look at a provider without a visitor shows.
type Probe struct {
	Keys int           // signing keys; 0 where the kind has no ID tokens
	Skew time.Duration // how far its clock is ahead of ours, to the second
}

// Probe asks a provider's discovery document and its signing keys. A kind
// without ID tokens is asked nothing. Every error is a *Failure.
func (p *Provider) Probe(ctx context.Context) (Probe, error) {
	ctx, cancel := context.WithTimeout(ctx, p.shared.wire.trip)
	defer cancel()
	ends, err := p.endpoints(ctx)
	if err != nil || ends.keys == nil {
		return Probe{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, ends.jwks, nil)
	if err != nil {
		return Probe{}, fail(event.ReasonProviderMisconfigured, "the address of the signing keys is none")
	}
	resp, err := ends.keys.lane.do(ctx, req, metadataBytes)
	if err != nil {
		return Probe{}, err
	}
	var found Probe
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		found.Skew = date.Sub(p.shared.now()).Round(time.Second)
	}
	body, err := keysIn(resp)
	if err != nil {
		return found, err
	}
	members, _ := decodeObject(body)
	list, _ := members["keys"].([]any)
	found.Keys = len(list)
	return found, nil
}
