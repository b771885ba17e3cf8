package providers

import (
	"gatebook/db/event"
	"gatebook/handlers/accounts"

	"github.com/markbates/goth"
	"github.com/markbates/goth/providers/battlenet"
	"github.com/markbates/goth/providers/dailymotion"
	"github.com/markbates/goth/providers/eveonline"
	"github.com/markbates/goth/providers/fitbit"
	"github.com/markbates/goth/providers/spotify"
	"github.com/markbates/goth/providers/strava"
)

// spotifyKind always asks for both scopes: the package adds them.
var spotifyKind = Kind{
	ID: "spotify", Label: "Spotify", Package: "spotify", Tier: TierB,
	Fields:  fields(fieldClientID, fieldSecret),
	Scopes:  []string{"user-read-email", "user-read-private"},
	PKCE:    true,
	Console: "https://developer.spotify.com/dashboard",

	EmailTrust: TrustNever,
	EmailWhy:   "Spotify says that it does not verify the address",
	Subject:    "the id of the account",
	Namespace:  "none: the id is unique among all people there",

	Params:    []string{"code"},
	AuthStyle: AuthInHeader,
	Needs:     NeedsClient,

	endpoints: fixed("https://accounts.spotify.com/authorize", "https://accounts.spotify.com/api/token", "https://api.spotify.com/v1/me"),
	construct: func(s setup) (goth.Provider, error) {
		p := spotify.New(s.id, s.secret, s.callback, s.scopes...)
		p.HTTPClient = s.client
		return p, nil
	},
	profile: person{id: "id", email: "email"}.profile,
}

// stravaKind gives no address.
var stravaKind = Kind{
	ID: "strava", Label: "Strava", Package: "strava", Tier: TierB,
	Fields:  fields(fieldClientID, fieldSecret),
	Scopes:  []string{"read"},
	PKCE:    true,
	Console: "https://www.strava.com/settings/api",

	EmailTrust: TrustNever,
	Subject:    "the numeric id of the athlete",
	Namespace:  "none: the id is unique among all people there",

	Params:    []string{"code"},
	AuthStyle: AuthInParams,
	Needs:     NeedsClient,

	endpoints: fixed("https://www.strava.com/oauth/authorize", "https://www.strava.com/oauth/token", "https://www.strava.com/api/v3/athlete"),
	construct: func(s setup) (goth.Provider, error) {
		p := strava.New(s.id, s.secret, s.callback, s.scopes...)
		p.HTTPClient = s.client
		return p, nil
	},
	profile: person{id: "id", digits: true}.profile,
}

// fitbitKind speaks to an interface that Google has announced the end of. The
// token reply and the profile must agree on who it is.
var fitbitKind = Kind{
	ID: "fitbit", Label: "Fitbit", Package: "fitbit", Tier: TierC,
	Fields:  fields(fieldClientID, fieldSecret),
	Scopes:  []string{"profile"},
	PKCE:    true,
	Console: "https://dev.fitbit.com/apps",

	EmailTrust: TrustNever,
	Subject:    "the id of the account",
	Namespace:  "none: the id is unique among all people there",

	Params:    []string{"code"},
	AuthStyle: AuthInHeader,
	Needs:     NeedsDefaultClient,

	endpoints: fixed("https://www.fitbit.com/oauth2/authorize", "https://api.fitbit.com/oauth2/token", "https://api.fitbit.com/1/user/-/profile.json"),
	construct: func(s setup) (goth.Provider, error) {
		p := fitbit.New(s.id, s.secret, s.callback, s.scopes...)
		p.HTTPClient = s.client
		return p, nil
	},
	profile: func(a *arrival) (accounts.Profile, error) {
		subject := a.info.textAt("user.encodedId")
		if subject != a.back.token.said.text("user_id") {
			subject = ""
		}
		return a.profile("", subject, mail{})
	},
}

// dailymotionKind always asks for the address: the package adds the scope.
var dailymotionKind = Kind{
	ID: "dailymotion", Label: "Dailymotion", Package: "dailymotion", Tier: TierC,
	Fields:  fields(fieldClientID, fieldSecret),
	Scopes:  []string{"email"},
	Console: "https://www.dailymotion.com/partner",

	EmailTrust: TrustNever,
	Subject:    "the id of the account",
	Namespace:  "none: the id is unique among all people there",

	Params:    []string{"code"},
	AuthStyle: AuthInParams,
	Needs:     NeedsDefaultClient,

	endpoints: fixed("https://www.dailymotion.com/oauth/authorize", "https://www.dailymotion.com/oauth/token", "https://api.dailymotion.com/me"),
	construct: func(s setup) (goth.Provider, error) {
		p := dailymotion.New(s.id, s.secret, s.callback, s.scopes...)
		p.HTTPClient = s.client
		return p, nil
	},
	profile: person{id: "id", email: "email"}.profile,
}

// battlenetKind speaks to the older address of Blizzard's service.
var battlenetKind = Kind{
	ID: "battlenet", Label: "Battle.net", Package: "battlenet", Tier: TierC,
	Fields:  fields(fieldClientID, fieldSecret),
	Scopes:  []string{"openid"},
	Console: "https://develop.battle.net/access/clients",

	EmailTrust: TrustNever,
	Subject:    "the numeric id of the account",
	Namespace:  "none: the id is unique among all people there",

	Params:    []string{"code"},
	AuthStyle: AuthInHeader,
	Needs:     NeedsClient,

	endpoints: fixed("https://us.battle.net/oauth/authorize", "https://us.battle.net/oauth/token", "https://us.battle.net/oauth/userinfo"),
	construct: func(s setup) (goth.Provider, error) {
		p := battlenet.New(s.id, s.secret, s.callback, s.scopes...)
		p.HTTPClient = s.client
		return p, nil
	},
	profile: person{id: "id", digits: true}.profile,
}

// eveonlineKind speaks to the first version of the service. A character can be
// sold to another player: the owner's hash is the namespace, so that the buyer is
// someone else to Gatebook.
var eveonlineKind = Kind{
	ID: "eveonline", Label: "EVE Online", Package: "eveonline", Tier: TierC,
	Fields:  fields(fieldClientID, fieldSecret),
	Scopes:  []string{"publicData"},
	Console: "https://developers.eveonline.com/applications",

	EmailTrust: TrustNever,
	Subject:    "the numeric id of the character",
	Namespace:  "the hash of the character's owner",

	Params:    []string{"code"},
	AuthStyle: AuthInHeader,
	Needs:     NeedsClient,

	endpoints: fixed("https://login.eveonline.com/oauth/authorize/", "https://login.eveonline.com/oauth/token", "https://login.eveonline.com/oauth/verify"),
	construct: func(s setup) (goth.Provider, error) {
		p := eveonline.New(s.id, s.secret, s.callback, s.scopes...)
		p.HTTPClient = s.client
		return p, nil
	},
	profile: func(a *arrival) (accounts.Profile, error) {
		owner := a.info.text("CharacterOwnerHash")
		if accounts.CheckSubject(owner) != nil {
			return accounts.Profile{}, fail(event.ReasonSubjectInvalid, "the reply does not say who owns the character")
		}
		return a.profile(owner, a.info.digitsAt("CharacterID"), mail{})
	},
}
