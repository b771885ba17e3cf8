package providers

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"gatebook/handlers/accounts"
)

// bearer is the usual token reply.
const bearer = `{"access_token":"{token}","token_type":"bearer","expires_in":3600,"scope":"s"}`

// who is a profile to expect: the namespace, subject, address, name, handle.
func who(namespace, subject, email, name, handle string) accounts.Profile {
	state := accounts.EmailNone
	if email != "" {
		state = accounts.EmailUnverified
	}
	return accounts.Profile{Namespace: namespace, Subject: subject, Email: email, EmailState: state, Name: name, Handle: handle}
}

// sure is one whose address must count as verified.
func sure(p accounts.Profile) accounts.Profile {
	p.EmailState = accounts.EmailVerified
	return p
}

// zooRows is every kind.
func zooRows() []zooRow {
	return slices.Concat(forgeRows, socialRows, mediaRows, workRows, asiaRows, specialRows, oidcRows())
}

// oidcRow is a kind that is discovered at issuer; its parts are where the
// service has them, below the issuer where parts names none.
func oidcRow(kind, issuer string, configured bool, parts map[string]string, claims string, want accounts.Profile) zooRow {
	at := func(name, standard string) string {
		if parts[name] != "" {
			return parts[name]
		}
		return strings.TrimSuffix(issuer, "/") + standard
	}
	key := func(method, address string) string { return method + " " + strings.TrimPrefix(address, "https://") }
	token, info, keys := at("token", "/token"), at("userinfo", "/userinfo"), at("jwks", "/jwks")
	if want.Namespace == "" {
		want.Namespace = issuer
	}
	row := zooRow{kind: kind, issuer: issuer, claims: claims, want: want, replies: map[string]string{
		key("GET", strings.TrimSuffix(issuer, "/")+"/.well-known/openid-configuration"): `{"issuer":"` + issuer + `","authorization_endpoint":"` + at("auth", "/authorize") +
			`","token_endpoint":"` + token + `","userinfo_endpoint":"` + info + `","jwks_uri":"` + keys + `","id_token_signing_alg_values_supported":["RS256"]}`,
		key("POST", token): `{"access_token":"{token}","token_type":"Bearer","expires_in":3600,"id_token":"{id_token}"}`,
		key("GET", info):   `{"sub":"sub-{who}","name":"Ada {who}","preferred_username":"ada{who}","email":"ada{who}@mail.test","email_verified":true}`,
		key("GET", keys):   keySet(),
	}}
	if configured {
		row.config = func(c *Config) { c.Issuer = issuer }
	}
	return row
}

const oidcClaims = `{"sub":"sub-{who}","email":"ada{who}@mail.test","email_verified":true,"name":"Ada {who}","preferred_username":"ada{who}"}`

// oidcRows are the kinds that are discovered.
func oidcRows() []zooRow {
	ada := who("", "sub-{who}", "ada{who}@mail.test", "Ada {who}", "ada{who}")
	rows := []zooRow{
		oidcRow("linkedin", "https://www.linkedin.com/oauth", false, map[string]string{"auth": "https://www.linkedin.com/oauth/v2/authorization", "token": "https://www.linkedin.com/oauth/v2/accessToken",
			"userinfo": "https://api.linkedin.com/v2/userinfo", "jwks": "https://www.linkedin.com/oauth/openid/jwks"}, oidcClaims, sure(ada)),
		oidcRow("slack", "https://slack.com", false, map[string]string{"auth": "https://slack.com/openid/connect/authorize", "token": "https://slack.com/api/openid.connect.token",
			"userinfo": "https://slack.com/api/openid.connect.userInfo", "jwks": "https://slack.com/openid/connect/keys"},
			strings.Replace(oidcClaims, "{", `{"https://slack.com/team_id":"T{who}",`, 1), sure(who("https://slack.com/T{who}", ada.Subject, ada.Email, ada.Name, ada.Handle))),
		oidcRow("twitch", "https://id.twitch.tv/oauth2", false, map[string]string{"jwks": "https://id.twitch.tv/oauth2/keys"}, oidcClaims, sure(ada)),
		oidcRow("gitlab-oidc", "https://gitlab.com", false, map[string]string{"token": "https://gitlab.com/oauth/token", "userinfo": "https://gitlab.com/oauth/userinfo", "jwks": "https://gitlab.com/oauth/discovery/keys"}, oidcClaims, sure(ada)),
		oidcRow("salesforce", "https://login.salesforce.com", false, map[string]string{"token": "https://login.salesforce.com/services/oauth2/token",
			"userinfo": "https://login.salesforce.com/services/oauth2/userinfo", "jwks": "https://login.salesforce.com/id/keys"}, oidcClaims, ada),
		oidcRow("cognito", "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Pool", true, map[string]string{"auth": "https://pool.auth.eu-west-1.amazoncognito.com/oauth2/authorize",
			"token": "https://pool.auth.eu-west-1.amazoncognito.com/oauth2/token", "userinfo": "https://pool.auth.eu-west-1.amazoncognito.com/oauth2/userInfo"},
			strings.Replace(oidcClaims, "true", `"true"`, 1), sure(ada)),
		oidcRow("forgejo", "https://codeberg.org", true, map[string]string{"token": "https://codeberg.org/login/oauth/access_token", "userinfo": "https://codeberg.org/login/oauth/userinfo", "jwks": "https://codeberg.org/login/oauth/keys"}, oidcClaims, ada),
	}
	for kind, issuer := range map[string]string{
		"oidc": "https://id.example.com", "keycloak": "https://id.example.com/realms/home", "authelia": "https://auth.example.com",
		"zitadel": "https://home.zitadel.cloud", "rauthy": "https://id.example.com/auth/v1/", "logto": "https://home.logto.app/oidc",
		"fusionauth": "https://auth.example.com", "auth0": "https://home.eu.auth0.com/", "okta": "https://home.okta.com/oauth2/default", "onelogin": "https://home.onelogin.com/oidc/2",
	} {
		rows = append(rows, oidcRow(kind, issuer, true, nil, oidcClaims, sure(ada)))
	}
	for kind, issuer := range map[string]string{
		"authentik": "https://id.example.com/application/o/gate/", "pocketid": "https://id.example.com", "kanidm": "https://idm.example.com/oauth2/openid/gate",
		"dex": "https://dex.example.com/dex", "hydra": "https://hydra.example.com", "casdoor": "https://door.example.com",
	} {
		rows = append(rows, oidcRow(kind, issuer, true, nil, oidcClaims, ada))
	}
	return rows
}

// specialRows are the kinds with a way of their own.
var specialRows = []zooRow{
	{kind: "google", issuer: "https://accounts.google.com", claims: `{"sub":"10{who}","email":"ada{who}@gmail.com","email_verified":true,"hd":"x.test"}`,
		replies: map[string]string{
			"POST oauth2.googleapis.com/token":          `{"access_token":"{token}","token_type":"Bearer","expires_in":3599,"id_token":"{id_token}"}`,
			"GET www.googleapis.com/oauth2/v3/certs":    keySet(),
			"GET www.googleapis.com/oauth2/v2/userinfo": `{"id":"10{who}","email":"ada{who}@gmail.com","verified_email":true,"name":"Ada {who}","given_name":"Ada","family_name":"{who}","picture":"https://img.test/a"}`,
		}, want: withAuthority(sure(who("https://accounts.google.com", "10{who}", "ada{who}@gmail.com", "Ada {who}", "Ada {who}")))},
	{kind: "apple", issuer: "https://appleid.apple.com", claims: `{"sub":"001.{who}","email":"ada{who}@privaterelay.appleid.com","email_verified":"true","is_private_email":"true"}`,
		config: func(c *Config) {
			c.ClientSecret = ""
			c.Extra = map[string]string{"team_id": "TEAM123456", "key_id": "KEY1234567", "private_key": appleKey()}
		},
		replies: map[string]string{
			"POST appleid.apple.com/auth/token": `{"access_token":"{token}","token_type":"Bearer","expires_in":3600,"refresh_token":"CANARY","id_token":"{id_token}"}`,
			"GET appleid.apple.com/auth/keys":   keySet(),
		},
		callback: func(_ *zoo, trip Trip, code, who string) url.Values {
			return url.Values{"code": {code}, "state": {trip.State}, "user": {`{"name":{"firstName":"Ada","lastName":"` + who + `"},"email":"other@mail.test"}`}}
		}, want: sure(who("https://appleid.apple.com/TEAM123456", "001.{who}", "ada{who}@privaterelay.appleid.com", "Ada {who}", ""))},
	{kind: "microsoft", issuer: "https://login.microsoftonline.com/9188040d-6c67-4b5b-b112-36a304b66dad/v2.0",
		claims: `{"tid":"9188040d-6c67-4b5b-b112-36a304b66dad","oid":"00000000-0000-0000-0000-00000000{who}","sub":"pair-{who}","email":"ada{who}@outlook.com","name":"Ada {who}","preferred_username":"ada{who}@outlook.com","ver":"2.0"}`,
		config: func(c *Config) { c.Extra = map[string]string{"tenant": "common"} },
		replies: map[string]string{
			"POST login.microsoftonline.com/common/oauth2/v2.0/token":  `{"access_token":"{token}","token_type":"Bearer","expires_in":3600,"id_token":"{id_token}"}`,
			"GET login.microsoftonline.com/common/discovery/v2.0/keys": keySet(),
		}, want: who("https://login.microsoftonline.com/9188040d-6c67-4b5b-b112-36a304b66dad/v2.0", "00000000-0000-0000-0000-00000000{who}", "ada{who}@outlook.com", "Ada {who}", "ada{who}@outlook.com")},
	{kind: "steam", callback: steamCallback, replies: map[string]string{
		"POST steamcommunity.com/openid/login":                          "ns:http://specs.openid.net/auth/2.0\nis_valid:true\n",
		"GET api.steampowered.com/ISteamUser/GetPlayerSummaries/v0002/": `{"response":{"players":[{"steamid":"7656119000000{who}","personaname":"ada{who}","avatarfull":"https://img.test/a"}]}}`,
	}, want: who("", "7656119000000{who}", "", "", "ada{who}")},
	{kind: "x", replies: map[string]string{
		"POST api.x.com/2/oauth2/token": bearer,
		"GET api.x.com/2/users/me":      `{"data":{"id":"44{who}","name":"Ada {who}","username":"ada{who}","profile_image_url":"https://img.test/a"}}`,
	}, want: who("", "44{who}", "", "Ada {who}", "ada{who}")},
	{kind: "tiktok", replies: map[string]string{
		"POST open.tiktokapis.com/v2/oauth/token/": `{"access_token":"{token}","open_id":"o-{who}","scope":"user.info.basic","token_type":"Bearer","expires_in":86400}`,
		"GET open.tiktokapis.com/v2/user/info/":    `{"data":{"user":{"open_id":"o-{who}","display_name":"Ada {who}","avatar_url":"https://img.test/a"}},"error":{"code":"ok","message":"","log_id":"1"}}`,
	}, want: who("client", "o-{who}", "", "Ada {who}", "")},
	{kind: "notion", replies: map[string]string{
		"POST api.notion.com/v1/oauth/token": `{"access_token":"{token}","token_type":"bearer","bot_id":"b","workspace_id":"w","owner":{"type":"user","user":{"object":"user","id":"n-{who}","name":"Ada {who}","avatar_url":null,"type":"person","person":{"email":"ada{who}@mail.test"}}}}`,
	}, want: who("", "n-{who}", "ada{who}@mail.test", "Ada {who}", "")},
	{kind: "facebook", replies: map[string]string{
		"POST graph.facebook.com/oauth/access_token": bearer,
		"GET graph.facebook.com/me":                  `{"id":"55{who}","name":"Ada {who}","email":"ada{who}@mail.test","picture":{"data":{"url":"https://img.test/a"}}}`,
	}, want: who("client", "55{who}", "ada{who}@mail.test", "Ada {who}", "")},
}

func withAuthority(p accounts.Profile) accounts.Profile {
	p.Authority = true
	return p
}

// steamCallback is the assertion that Steam sends.
func steamCallback(z *zoo, trip Trip, _, who string) url.Values {
	person := "https://steamcommunity.com/openid/id/7656119000000" + who
	return url.Values{
		"state": {trip.State}, "openid.ns": {"http://specs.openid.net/auth/2.0"}, "openid.mode": {"id_res"},
		"openid.op_endpoint": {steamLogin}, "openid.claimed_id": {person}, "openid.identity": {person},
		"openid.return_to":      {z.p.callbackOf(trip.State)},
		"openid.response_nonce": {time.Now().UTC().Format("2006-01-02T15:04:05Z") + random()},
		"openid.assoc_handle":   {"1234567890"}, "openid.signed": {steamSigned}, "openid.sig": {"c2ln"},
	}
}
