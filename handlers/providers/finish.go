package providers

import (
	"context"
	"errors"
	"net/url"

	"gatebook/db/event"
	"gatebook/handlers/accounts"

	"github.com/markbates/goth"
)

var errStale = errors.New("the provider did not ask the person to prove themselves again")

// arrival is all that came back from a trip, under the checks that it passed.
type arrival struct {
	p      *Provider
	r      Return
	ends   endpoints
	back   *backTrip
	user   goth.User
	id     claims // of the verified ID token, nil without one
	info   claims // the profile reply, nil when it was no JSON object or not asked for
	checks []string
}

// Finish ends a trip with the profile of who came back. Call it only with the
// row of an attempt that was found by the callback's state and is consumed.
// Each check comes before the next call is made, and every error is a
// *Failure.
func (p *Provider) Finish(ctx context.Context, r Return) (accounts.Profile, error) {
	profile, err := p.finish(ctx, r)
	p.judge(err)
	return profile, err
}

func (p *Provider) finish(ctx context.Context, r Return) (accounts.Profile, error) {
	ctx, cancel := context.WithTimeout(ctx, p.shared.wire.trip)
	defer cancel()
	ends, err := p.endpoints(ctx)
	if err != nil {
		return accounts.Profile{}, err
	}
	code, params, err := p.readCallback(r.Query, ends)
	if err != nil {
		return accounts.Profile{}, err
	}
	if p.pkce && r.Verifier == "" {
		return accounts.Profile{}, fail(event.ReasonPKCEFailed, "the attempt has no verifier")
	}
	back, end, err := p.openBack(ctx, ends, code, r.Verifier)
	if err != nil {
		return accounts.Profile{}, err
	}
	defer end()
	a := &arrival{p: p, r: r, ends: ends, back: back, checks: []string{"state matched this attempt"}}
	if err := a.travel(r, params); err != nil {
		return accounts.Profile{}, err
	}
	return p.kind.profile(a)
}

// travel exchanges the code, verifies the ID token and only then asks who the
// person is. goth's session is one object throughout: some packages keep what
// they learn in it where marshalling loses it.
func (a *arrival) travel(r Return, params url.Values) error {
	gp, session, err := a.exchange(r, params)
	if err != nil {
		return err
	}
	if len(r.Query["iss"]) == 1 {
		a.check("the callback names the issuer that was asked")
	}
	if r.Verifier != "" {
		a.check("PKCE proved with S256")
	}
	if a.p.kind.IDToken {
		if err := a.verify(r); err != nil {
			return err
		}
	}
	if a.p.kind.noProfile {
		return nil
	}
	return a.fetch(gp, session)
}

func (a *arrival) exchange(r Return, params url.Values) (gp goth.Provider, s goth.Session, err error) {
	err = a.p.guardGoth("authorize", func() error {
		if gp, err = a.p.goth(a.back, a.p.callbackOf(a.r.Query.Get("state")), a.p.finishScopes()); err != nil {
			return err
		}
		if s, err = gp.UnmarshalSession(r.Session); err != nil {
			return fail(event.ReasonCallbackMalformed, "the attempt's session text is damaged")
		}
		_, err = s.Authorize(gp, params)
		return err
	})
	return gp, s, a.back.failure(err)
}

func (a *arrival) verify(r Return) (err error) {
	if a.id, err = a.p.verifyIDToken(a.back.ctx, a.ends, a.back.token, r); err != nil {
		return err
	}
	if a.p.kind.issuerOf != nil {
		a.ends.issuer = a.id.text("iss") // the tenant's own
	}
	a.check("signature verified by the keys of " + a.ends.issuer)
	a.check("the ID token is by this issuer, for this client, and in time")
	if _, present := a.id["nonce"]; present {
		a.check("nonce matched")
	}
	if _, present := a.id["at_hash"]; present {
		a.check("the access token is the ID token's own")
	}
	if _, present := a.id["auth_time"]; present && r.Fresh {
		a.check("the person proved themselves during this attempt")
	}
	return nil
}

// fetch asks for the profile. What the reply says of the subject is looked at
// before goth's verdict, because goth gives it only as text.
func (a *arrival) fetch(gp goth.Provider, s goth.Session) error {
	err := a.p.guardGoth("profile", func() (err error) {
		a.user, err = gp.FetchUser(s)
		return err
	})
	where := a.ends.userinfo
	if a.p.kind.tokenInPath {
		where += url.QueryEscape(a.back.token.access)
	}
	if said := a.back.reply(where); said != nil {
		if err := a.readProfile(said); err != nil {
			return err
		}
	}
	return a.back.failure(err)
}

// readProfile keeps the reply as the provider gave it. goth takes null for an
// empty profile, and where there are two sources it mixes them.
func (a *arrival) readProfile(said []byte) error {
	info, ok := decodeObject(said)
	if !ok {
		return fail(event.ReasonProviderBadResponse, "the profile is not a JSON object")
	}
	a.info = info
	if a.id == nil {
		return nil
	}
	return a.sameSubject()
}

// sameSubject holds the profile reply to the ID token's subject (OpenID
// Connect Core §5.3.2). Google's older address calls it id.
func (a *arrival) sameSubject() error {
	said, present := a.info["sub"]
	if !present {
		said = a.info["id"]
	}
	if said != any(a.id.text("sub")) {
		return fail(event.ReasonUserinfoSubjectMismatch, "the profile is not about the ID token's subject")
	}
	a.check("the profile is about the ID token's subject")
	return nil
}

func (a *arrival) check(done string) { a.checks = append(a.checks, done) }
