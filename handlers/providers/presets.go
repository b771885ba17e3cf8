package providers

import (
	"slices"

	"gatebook/db/event"
	"gatebook/handlers/accounts"
)

// issuerField asks for the issuer, with an example of how it is written there.
func issuerField(example string) Field {
	return Field{Name: "issuer", Required: true, Help: "the issuer exactly as the provider writes it, such as " + example}
}

// hosted is the kind oidc for a service with one issuer: an id and a secret
// are all that it needs.
func hosted(id, label, issuer, console string, change func(*Kind)) Kind {
	k := oidcKind
	k.ID, k.Label, k.Logo, k.Tier, k.Console, k.issuer = id, label, "", TierB, console, issuer
	k.Fields = fields(fieldClientID, fieldSecret, fieldAudiences)
	k.Scopes = slices.Clone(oidcKind.Scopes)
	if change != nil {
		change(&k)
	}
	return k
}

// selfHosted is the kind oidc for a product that people run themselves. Where
// its word on addresses is not known to be earned, why says so, and the
// operator, who runs it, may say otherwise.
func selfHosted(id, label, example, why string) Kind {
	k := oidcKind
	k.ID, k.Label, k.Logo, k.Tier = id, label, "", TierB
	k.Fields = fields(fieldClientID,
		Field{Name: "client_secret", Secret: true, Help: "leave out for a public client, which needs PKCE"},
		issuerField(example), fieldAudiences)
	k.Scopes = slices.Clone(oidcKind.Scopes)
	if why != "" {
		k.EmailTrust, k.EmailWhy = TrustNever, why
	}
	return k
}

// The services with one issuer each, or one for each customer.
var (
	linkedinKind = hosted("linkedin", "LinkedIn", "https://www.linkedin.com/oauth", "https://www.linkedin.com/developers/apps", func(k *Kind) {
		// LinkedIn takes no PKCE of a web application, and its ID tokens leave
		// the nonce out: the state and the time of issue alone bind a code.
		k.PKCE, k.nonceless, k.AuthStyle = false, true, AuthInParams
		k.hosts = []string{"api.linkedin.com"}
	})
	slackKind = hosted("slack", "Slack", "https://slack.com", "https://api.slack.com/apps", func(k *Kind) {
		k.PKCE = false // undocumented for this sign-in; the nonce binds the code
		k.Namespace = "the issuer and the workspace: a person has an id in each"
		k.profile = func(a *arrival) (accounts.Profile, error) {
			team := a.id.text("https://slack.com/team_id")
			if accounts.CheckSubject(team) != nil {
				return accounts.Profile{}, fail(event.ReasonSubjectInvalid, "the ID token does not say which workspace")
			}
			return a.profile(a.ends.issuer+"/"+team, a.id.text("sub"), a.mailOf())
		}
	})
	gitlabOIDCKind = hosted("gitlab-oidc", "GitLab", "https://gitlab.com", "https://gitlab.com/-/user_settings/applications", func(k *Kind) {
		k.Logo = "gitlab.svg"
		k.Fields = fields(fieldClientID, fieldSecret, fieldAudiences,
			Field{Name: "issuer", Help: "the address of a self-managed GitLab; https://gitlab.com when left out"})
	})
	twitchKind = hosted("twitch", "Twitch", "https://id.twitch.tv/oauth2", "https://dev.twitch.tv/console/apps", func(k *Kind) {
		k.Scopes, k.AuthStyle = []string{"openid", "user:read:email"}, AuthInParams
		k.extra = "claims=%7B%22id_token%22%3A%7B%22email%22%3Anull%2C%22email_verified%22%3Anull%2C%22preferred_username%22%3Anull%7D%7D"
		k.fresh, k.choose = "force_verify=true", "force_verify=true"
	})
	salesforceKind = hosted("salesforce", "Salesforce", "https://login.salesforce.com", "https://login.salesforce.com/", func(k *Kind) {
		k.Fields = fields(fieldClientID, fieldSecret, fieldAudiences,
			Field{Name: "issuer", Help: "the address of My Domain, or https://test.salesforce.com; https://login.salesforce.com when left out"})
		k.EmailTrust, k.EmailWhy = TrustNever, "what the flag stands for differs from one organisation to the next"
	})
	auth0Kind    = customer("auth0", "Auth0", "https://TENANT.eu.auth0.com/ (with the slash)", "https://manage.auth0.com/")
	oktaKind     = customer("okta", "Okta", "https://ORG.okta.com or https://ORG.okta.com/oauth2/default", "https://login.okta.com/")
	oneloginKind = customer("onelogin", "OneLogin", "https://ORG.onelogin.com/oidc/2", "https://app.onelogin.com/")

	cognitoKind = func() Kind {
		k := customer("cognito", "Amazon Cognito", "https://cognito-idp.REGION.amazonaws.com/POOL", "https://console.aws.amazon.com/cognito/")
		k.Fields = append(k.Fields, Field{Name: "base_url", Help: "the address of the pool's own domain, where it has one outside amazoncognito.com"})
		k.hosts = []string{".amazoncognito.com"}
		return k
	}()
)

// customer is a service that has an issuer for each of its customers.
func customer(id, label, example, console string) Kind {
	k := selfHosted(id, label, example, "")
	k.Console = console
	return k
}

const adminsWrite = "its default says that every address is verified, whoever wrote it; raise the trust where that is you"

// The products that people run themselves.
var (
	keycloakKind   = selfHosted("keycloak", "Keycloak", "https://id.example.com/realms/REALM", "")
	authentikKind  = selfHosted("authentik", "authentik", "https://id.example.com/application/o/SLUG/ (with the slash)", adminsWrite)
	autheliaKind   = selfHosted("authelia", "Authelia", "https://auth.example.com", "")
	zitadelKind    = selfHosted("zitadel", "ZITADEL", "https://INSTANCE.zitadel.cloud", "")
	pocketIDKind   = selfHosted("pocketid", "Pocket ID", "https://id.example.com", adminsWrite)
	kanidmKind     = selfHosted("kanidm", "Kanidm", "https://idm.example.com/oauth2/openid/CLIENT", adminsWrite)
	rauthyKind     = selfHosted("rauthy", "Rauthy", "https://id.example.com/auth/v1/", "")
	dexKind        = selfHosted("dex", "Dex", "https://dex.example.com", "the word is that of whatever stands behind it")
	hydraKind      = selfHosted("hydra", "Ory Hydra", "https://hydra.example.com", "the word is that of the login application behind it")
	casdoorKind    = selfHosted("casdoor", "Casdoor", "https://door.example.com", adminsWrite)
	logtoKind      = selfHosted("logto", "Logto", "https://TENANT.logto.app/oidc", "")
	fusionauthKind = selfHosted("fusionauth", "FusionAuth", "https://auth.example.com", "")
	forgejoKind    = selfHosted("forgejo", "Forgejo", "https://codeberg.org", "a server can be set not to verify addresses")
)
