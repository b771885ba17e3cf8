package providers

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"net/url"
	"runtime/debug"
	"strings"

	"gatebook/db/event"

	"github.com/markbates/goth"
	"golang.org/x/oauth2"
)

// Start begins a trip: a fresh state, verifier and nonce, and the address to
// send the visitor to. Nothing of the visitor's request enters it. It may ask
// for the discovery document; every error is a *Failure.
func (p *Provider) Start(ctx context.Context, o StartOptions) (Trip, error) {
	if !p.breaker.allow(p.shared.now()) {
		return Trip{}, fail(event.ReasonProviderCircuitOpen, "it failed several times in a row")
	}
	trip, err := p.start(ctx, o)
	p.judgeStart(err)
	return trip, err
}

func (p *Provider) start(ctx context.Context, o StartOptions) (Trip, error) {
	ends, err := p.endpoints(ctx)
	if err != nil {
		return Trip{}, err
	}
	trip := Trip{State: random(), Nonce: random(), Fresh: o.Fresh && p.kind.fresh != ""}
	if p.pkce {
		trip.Verifier = oauth2.GenerateVerifier()
	}
	back, end, err := p.openBack(ctx, ends, "", "")
	if err != nil {
		return Trip{}, err
	}
	defer end()
	session, raw, err := p.begin(back, trip.State)
	if err != nil {
		return Trip{}, err
	}
	trip.Session = session
	trip.URL = raw + p.extras(trip, o, ends)
	return trip, p.checkTrip(trip, ends)
}

// random is 32 bytes of the system's randomness as text.
func random() string {
	b := make([]byte, 32)
	rand.Read(b) // never fails: it would end the program first
	return base64.RawURLEncoding.EncodeToString(b)
}

// endpoints is where this provider's parts are, discovered if need be.
func (p *Provider) endpoints(ctx context.Context) (endpoints, error) {
	if p.fixed != nil {
		return *p.fixed, nil
	}
	return p.disc.get(ctx)
}

// goth makes goth's provider anew. Scopes are the configured ones, or those
// that finishing is to know of.
func (p *Provider) goth(back *backTrip, callback string, scopes []string) (goth.Provider, error) {
	return p.kind.construct(setup{
		cfg: p.cfg, id: p.cfg.ClientID, secret: back.secret, callback: callback,
		scopes: scopes, ends: back.ends, client: client(back),
	})
}

// callbackOf is where the person is sent back to: the state is put into it for
// the kinds that have no other place for one.
func (p *Provider) callbackOf(state string) string {
	if p.kind.StateInCallback {
		return p.CallbackURL() + "?state=" + state
	}
	return p.CallbackURL()
}

func (p *Provider) begin(back *backTrip, state string) (session, raw string, err error) {
	err = p.guardGoth("begin", func() error {
		gp, err := p.goth(back, p.callbackOf(state), p.scopes)
		if err != nil {
			return err
		}
		s, err := gp.BeginAuth(state)
		if err != nil {
			return err
		}
		session = s.Marshal()
		raw, err = s.GetAuthURL()
		return err
	})
	if err = back.failure(err); err != nil {
		return "", "", err
	}
	return session, raw, nil
}

// guardGoth runs a step of goth's code, which panics on some hostile replies.
// The log gets the step and the stack, not the value: it may quote the reply.
func (p *Provider) guardGoth(step string, run func() error) (err error) {
	defer func() {
		if recover() != nil {
			p.shared.log.Error("provider code panicked",
				"provider", p.cfg.ID, "step", step, "stack", string(debug.Stack()))
			err = fail(event.ReasonProviderPanic, "provider code failed at step "+step)
		}
	}()
	return run()
}

// extras are appended to the address as they are: encoding it anew would
// change what some providers compare. A provider whose metadata does not list
// select_account may refuse it; signing in anew lets a person choose as well.
func (p *Provider) extras(t Trip, o StartOptions, ends endpoints) string {
	var b strings.Builder
	if t.Verifier != "" {
		b.WriteString("&code_challenge=" + oauth2.S256ChallengeFromVerifier(t.Verifier) + "&code_challenge_method=S256")
	}
	if p.kind.IDToken {
		b.WriteString("&nonce=" + t.Nonce)
	}
	if p.kind.extra != "" {
		b.WriteString("&" + p.kind.extra)
	}
	switch {
	case o.Fresh && p.kind.fresh != "":
		b.WriteString("&" + p.kind.fresh)
	case o.ChooseAccount && p.disc != nil && ends.noChooser:
		b.WriteString("&prompt=login")
	case o.ChooseAccount && p.kind.choose != "":
		b.WriteString("&" + p.kind.choose)
	}
	return b.String()
}

// checkTrip holds the finished address to what was meant: the provider's host,
// our state and our callback, each once.
func (p *Provider) checkTrip(t Trip, ends endpoints) error {
	u, err := checkURL(t.URL, p.cfg.AllowPrivate)
	if err != nil {
		return fail(event.ReasonProviderMisconfigured, "the authorization address "+err.Error())
	}
	q, err := url.ParseQuery(u.RawQuery)
	carried, back := q["state"], q["redirect_uri"]
	if p.kind.StateInCallback {
		carried, back = []string{t.State}, q[p.kind.returnTo]
	}
	if err != nil || hostPort(u) != hostOf(ends.auth) || !only(carried, t.State) || !only(back, p.callbackOf(t.State)) {
		return fail(event.ReasonProviderMisconfigured, "the authorization address is not the one asked for")
	}
	return nil
}

func only(values []string, want string) bool {
	return len(values) == 1 && values[0] == want
}
