package providers

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"gatebook/db/event"
	"gatebook/handlers/accounts"

	"github.com/markbates/goth"
	"github.com/markbates/goth/providers/steam"
)

const (
	steamLogin  = "https://steamcommunity.com/openid/login"
	steamSigned = "signed,op_endpoint,claimed_id,identity,return_to,response_nonce,assoc_handle"
)

var (
	steamPerson = regexp.MustCompile(`^https://steamcommunity\.com/openid/id/(7656\d{13})$`)
	steamParams = []string{
		"openid.ns", "openid.mode", "openid.op_endpoint", "openid.claimed_id", "openid.identity",
		"openid.return_to", "openid.response_nonce", "openid.assoc_handle", "openid.signed", "openid.sig",
	}
)

// steamKind speaks OpenID 2.0, where the callback is an assertion that Steam is
// asked about. The package would take one that covers anything, from anywhere;
// the gate lets through only the one form that Steam sends.
var steamKind = Kind{
	ID: "steam", Label: "Steam", Package: "steam", Tier: TierA,
	Fields: fields(
		Field{Name: "client_secret", Required: true, Secret: true, Help: "the key of the Steam Web API"}),
	Console: "https://steamcommunity.com/dev/apikey",

	EmailTrust: TrustNever,
	EmailWhy:   "Steam gives no address",
	Subject:    "the SteamID",
	Namespace:  "none: the id is unique among all people there",

	StateInCallback: true,
	Params:          steamParams,
	AuthStyle:       AuthInParams,
	Needs:           NeedsClient,
	returnTo:        "openid.return_to",
	gate:            steamGate,
	trade:           steamTrade,

	endpoints: func(Config) (endpoints, error) {
		return endpoints{
			auth: steamLogin, token: steamLogin, upgrade: true,
			userinfo: "https://api.steampowered.com/ISteamUser/GetPlayerSummaries/v0002/",
		}, nil
	},
	construct: func(s setup) (goth.Provider, error) {
		p := steam.New(s.secret, s.callback)
		p.HTTPClient = s.client
		return p, nil
	},
	profile: func(a *arrival) (accounts.Profile, error) {
		subject := ""
		if m := steamPerson.FindStringSubmatch(a.r.Query.Get("openid.claimed_id")); m != nil && m[1] == a.info.textAt("response.players.0.steamid") {
			subject = m[1]
		}
		a.user.Name = a.info.textAt("response.players.0.realname") // goth writes a sentence where there is none
		return a.profile("", subject, mail{})
	},
}

// steamTrade asks Steam whether the assertion is its own.
var steamTrade = trade{
	method: http.MethodPost,
	code: func(_ url.Values, body []byte) string {
		form, _ := url.ParseQuery(string(body))
		if form.Get("openid.mode") != "check_authentication" {
			return ""
		}
		return form.Get("openid.response_nonce")
	},
	send: func(ctx context.Context, b *backTrip, req *http.Request, body []byte) *http.Request {
		return asItIs(ctx, b, req, body)
	},
	read: func(resp *http.Response, body []byte) (tokenReply, error) {
		if resp.StatusCode != http.StatusOK {
			f := fail(event.ReasonProviderHTTPError, "Steam did not judge the assertion")
			f.Status = resp.StatusCode
			return tokenReply{}, f
		}
		if !slices.Contains(strings.Split(string(body), "\n"), "is_valid:true") {
			return tokenReply{}, fail(event.ReasonAssertionInvalid, "Steam does not know the assertion")
		}
		return tokenReply{}, nil
	},
}

// steamGate refuses every assertion but the one form that Steam sends, and
// each that was seen before. What stands for the code is its nonce.
func steamGate(p *Provider, q url.Values) (string, error) {
	if only(q["openid.mode"], "cancel") {
		return "", fail(event.ReasonDeniedByUser, "the person said no")
	}
	wrong := func(why string) (string, error) { return "", fail(event.ReasonAssertionInvalid, why) }
	names := 0
	for name, values := range q {
		if strings.HasPrefix(name, "openid.") {
			names++
		}
		if len(values) != 1 || len(values[0]) > maxCode || strings.ContainsFunc(values[0], unprintable) {
			return wrong("a parameter of the assertion comes twice, or is too long, or is no text")
		}
	}
	for _, name := range steamParams {
		if q.Get(name) == "" {
			return wrong("the assertion lacks a parameter")
		}
	}
	nonce := q.Get("openid.response_nonce")
	switch {
	case names != len(steamParams):
		return wrong("the assertion has parameters that Steam does not send")
	case q.Get("openid.mode") != "id_res", q.Get("openid.ns") != "http://specs.openid.net/auth/2.0":
		return wrong("the callback is no assertion of OpenID 2.0")
	case q.Get("openid.signed") != steamSigned:
		return wrong("the assertion's signature covers something else")
	case q.Get("openid.op_endpoint") != steamLogin:
		return wrong("the assertion is not by Steam")
	case q.Get("openid.claimed_id") != q.Get("openid.identity"), !steamPerson.MatchString(q.Get("openid.claimed_id")):
		return wrong("the assertion is not about one person")
	case q.Get("openid.return_to") != p.callbackOf(q.Get("state")):
		return wrong("the assertion is for another callback")
	case !p.shared.seen.first(nonce, p.shared.now()):
		return wrong("the assertion is old, or was shown before")
	}
	return nonce, nil
}

// nonceLife is how old an assertion may be, and so how long one is remembered.
const nonceLife = 5 * time.Minute
