package providers

import (
	"regexp"
	"slices"
	"strings"

	"gatebook/db/event"
	"gatebook/handlers/accounts"

	"github.com/markbates/goth"
	"github.com/markbates/goth/providers/azureadv2"
)

// consumersTenant is the one tenant of all personal Microsoft accounts.
const consumersTenant = "9188040d-6c67-4b5b-b112-36a304b66dad"

var (
	guidForm      = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	sharedTenants = []string{"common", "organizations", "consumers"}
)

// microsoftKind is one tenant, or all of them. The ID token says who the
// person is; the directory's profile is not asked for, because its address is
// whatever an administrator of any tenant wrote there.
var microsoftKind = Kind{
	ID: "microsoft", Label: "Microsoft", Package: "azureadv2", Tier: TierA,
	Fields: fields(fieldClientID, fieldSecret, fieldAudiences,
		Field{Name: "tenant", Required: true, Help: `the tenant's id, or "organizations", "consumers" or "common" for both`}),
	Scopes:  []string{"openid", "profile", "email"},
	PKCE:    true,
	Console: "https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps/ApplicationsListBlade",

	EmailTrust: TrustVerified,
	EmailFlag:  "xms_edov",
	EmailWhy:   "only where the ID token says that the domain's owner was verified (xms_edov), or lists the address as a verified primary one; with one tenant, also when email_trust says so",
	Subject:    "the oid claim of the ID token",
	Namespace:  "the issuer, which names the tenant",

	IDToken:   true,
	Params:    []string{"code"},
	AuthStyle: AuthInParams,
	Needs:     NeedsClient,
	fresh:     "prompt=login",
	choose:    "prompt=select_account",
	noProfile: true,
	issuerOf:  microsoftIssuer,

	vet: func(c Config) []Problem {
		tenant := c.value("tenant")
		if tenant == "" || slices.Contains(sharedTenants, tenant) || guidForm.MatchString(tenant) {
			return nil
		}
		return []Problem{problem(c, "tenant", quote(tenant)+" is not a tenant's id in lower case", `one of organizations, consumers, common, or the id from "Overview"`)}
	},
	endpoints: func(c Config) (endpoints, error) {
		at := "https://login.microsoftonline.com/" + c.value("tenant")
		return endpoints{
			issuer: "https://login.microsoftonline.com/{tid}/v2.0",
			auth:   at + "/oauth2/v2.0/authorize",
			token:  at + "/oauth2/v2.0/token",
			jwks:   at + "/discovery/v2.0/keys",
			algs:   []string{"RS256"},
		}, nil
	},
	construct: func(s setup) (goth.Provider, error) {
		scopes := make([]azureadv2.ScopeType, len(s.scopes))
		for i, scope := range s.scopes {
			scopes[i] = azureadv2.ScopeType(scope)
		}
		p := azureadv2.New(s.id, s.secret, s.callback, azureadv2.ProviderOptions{
			Tenant: azureadv2.TenantType(s.cfg.value("tenant")), Scopes: scopes,
		})
		p.HTTPClient = s.client
		return p, nil
	},
	profile: func(a *arrival) (accounts.Profile, error) {
		a.user.Name, a.user.NickName = a.id.text("name"), a.id.text("preferred_username")
		return a.profile(a.ends.issuer, a.id.text("oid"), a.microsoftMail())
	},
}

// microsoftIssuer is the issuer of the tenant that the token names, where that
// tenant may sign in here.
func microsoftIssuer(c Config, said claims) (string, error) {
	tid, want := said.text("tid"), c.value("tenant")
	allowed := guidForm.MatchString(tid)
	switch want {
	case "common":
	case "organizations":
		allowed = allowed && tid != consumersTenant
	case "consumers":
		allowed = allowed && tid == consumersTenant
	default:
		allowed = allowed && tid == want
	}
	if !allowed {
		return "", fail(event.ReasonTenantNotAllowed, "the account is of a tenant that may not sign in here")
	}
	return "https://login.microsoftonline.com/" + tid + "/v2.0", nil
}

// microsoftMail counts an address as verified on three words only: that of the
// domain's verified owner, the list of verified addresses, or the operator's
// own on the one tenant that may sign in.
func (a *arrival) microsoftMail() mail {
	m := mail{address: a.id.text("email"), by: "the ID token of " + a.ends.issuer}
	primary, _ := a.id["verified_primary_email"].([]any)
	listed := slices.ContainsFunc(primary, func(v any) bool {
		s, _ := v.(string)
		return m.address != "" && strings.EqualFold(s, m.address)
	})
	ours := guidForm.MatchString(a.p.cfg.value("tenant")) && a.p.cfg.EmailTrust == string(TrustVerified)
	m.verified = isTrue(a.id["xms_edov"]) || listed || ours
	return m
}
