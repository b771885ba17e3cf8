package providers

import (
	"encoding/json"
	"strings"
	"time"

	"gatebook/handlers/accounts"

	"github.com/markbates/goth"
	"github.com/markbates/goth/providers/apple"
)

// appleSecretLife is how long a minted client secret counts. Each attempt has
// its own, so that it need not outlive the attempt by much; Apple allows six
// months.
const appleSecretLife = 15 * time.Minute

// appleKind has no secret of its own: each attempt mints one with the key that
// Apple gave out. The answer comes as a POST from Apple's site, and the name
// only once, beside the code and unsigned.
var appleKind = Kind{
	ID: "apple", Label: "Apple", Package: "apple", Tier: TierA,
	Fields: fields(
		Field{Name: "client_id", Required: true, Help: "the identifier of the Services ID"},
		Field{Name: "team_id", Required: true, Help: "the ten characters that name the developer team"},
		Field{Name: "key_id", Required: true, Help: "the ten characters that name the key"},
		Field{Name: "private_key", Required: true, Secret: true, Help: "the .p8 file that Apple gave out for the key"}),
	Scopes:  []string{"name", "email"},
	PKCE:    true,
	Console: "https://developer.apple.com/account/resources/identifiers/list/serviceId",

	EmailTrust: TrustVerified,
	EmailFlag:  "email_verified",
	Subject:    "the sub claim of the ID token",
	Namespace:  "the team: ids differ from one team to the next",

	IDToken:   true,
	FormPost:  true,
	Params:    []string{"code"},
	AuthStyle: AuthInParams,
	Needs:     NeedsDefaultClient,

	mint: appleSecret,
	vet: func(c Config) []Problem {
		if c.value("private_key") == "" {
			return nil // said before, as missing
		}
		if _, err := appleSecret(c, time.Now()); err != nil {
			return []Problem{problem(c, "private_key", "is not a private key of the P-256 curve in PKCS #8", "use the text of the .p8 file as it is")}
		}
		return nil
	},
	endpoints: func(Config) (endpoints, error) {
		return endpoints{
			issuer: apple.AppleAudOrIss,
			auth:   "https://appleid.apple.com/auth/authorize",
			token:  "https://appleid.apple.com/auth/token",
			jwks:   "https://appleid.apple.com/auth/keys",
			algs:   []string{"RS256"},
		}, nil
	},
	construct: func(s setup) (goth.Provider, error) {
		return apple.New(s.id, s.secret, s.callback, s.client, s.scopes...), nil
	},
	profile: func(a *arrival) (accounts.Profile, error) {
		a.user.Name = appleName(a.r.Query.Get("user"))
		return a.profile(a.ends.issuer+"/"+a.p.cfg.value("team_id"), a.id.text("sub"), a.mailOf())
	},
}

// appleSecret is the ES256 token that Apple takes for a secret.
func appleSecret(c Config, now time.Time) (string, error) {
	secret, err := apple.MakeSecret(apple.SecretParams{
		PKCS8PrivateKey: c.value("private_key"), TeamId: c.value("team_id"), KeyId: c.value("key_id"),
		ClientId: c.ClientID, Iat: int(now.Unix()), Exp: int(now.Add(appleSecretLife).Unix()),
	})
	if err != nil {
		return "", err
	}
	return *secret, nil
}

// appleName is the name in the callback's own field. Nobody signed it: it is
// shown to the person, and means nothing else.
func appleName(field string) string {
	var user struct {
		Name struct {
			First string `json:"firstName"`
			Last  string `json:"lastName"`
		} `json:"name"`
	}
	if len(field) > 4096 || json.Unmarshal([]byte(field), &user) != nil {
		return ""
	}
	return strings.TrimSpace(user.Name.First + " " + user.Name.Last)
}
