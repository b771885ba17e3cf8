package providers

import "slices"

// The keys that every kind understands.
var (
	fieldClientID  = Field{Name: "client_id", Required: true, Help: "the id that the provider gave this Gatebook"}
	fieldSecret    = Field{Name: "client_secret", Required: true, Secret: true, Help: "the secret that the provider gave this Gatebook"}
	fieldBaseURL   = Field{Name: "base_url", Required: true, Help: "the address of the server"}
	fieldAudiences = Field{Name: "audiences", Help: "other clients that an ID token may name beside this one; none unless the provider is known to send several"}
	fieldsShared   = []Field{
		{Name: "label", Help: "the name on the button"},
		{Name: "icon", Help: "an SVG or PNG file of up to 64 KB, the picture on the button"},
		{Name: "scopes", Help: "what to ask for, instead of the kind's own list"},
		{Name: "pkce", Help: "whether codes are bound to their attempt; off only for a provider that refuses it"},
		{Name: "email_trust", Help: `"verified" or "never": whether the provider's word on an address counts`},
		{Name: "email_authority", Help: "the provider owns the domains of the addresses that it verified"},
		{Name: "allow_private", Help: "the provider is on a loopback or private network; plain http is allowed there"},
	}
)

// fields is a kind's own keys, then the shared ones.
func fields(own ...Field) []Field { return append(own, fieldsShared...) }

// catalogue is every kind, in the order in which people look for them.
var catalogue = []Kind{
	oidcKind, githubKind, googleKind, microsoftKind, appleKind, facebookKind,
	gitlabKind, gitlabOIDCKind, giteaKind, forgejoKind, bitbucketKind,
	discordKind, xKind, linkedinKind, slackKind, twitchKind, steamKind, redditKind, tiktokKind, mastodonKind, nextcloudKind,
	keycloakKind, authentikKind, autheliaKind, zitadelKind, pocketIDKind, kanidmKind, rauthyKind, dexKind,
	hydraKind, casdoorKind, logtoKind, fusionauthKind,
	auth0Kind, oktaKind, oneloginKind, cognitoKind, salesforceKind,
	spotifyKind, amazonKind, yahooKind, dropboxKind, boxKind, notionKind, patreonKind, zoomKind,
	digitaloceanKind, herokuKind, cloudfoundryKind, stravaKind, fitbitKind, dailymotionKind, battlenetKind, eveonlineKind,
	paypalKind, uberKind, hubspotKind, intercomKind, classlinkKind,
	yandexKind, mailruKind, vkKind, kakaoKind, naverKind, lineKind, wechatKind, wecomKind, larkKind, seatalkKind,
}

// Kinds is the catalogue, in order.
func Kinds() []Kind { return slices.Clone(catalogue) }

// KindByID finds a kind by its id, such as "github".
func KindByID(id string) (Kind, bool) {
	for _, k := range catalogue {
		if k.ID == id {
			return k, true
		}
	}
	return Kind{}, false
}

// kindIDs is every kind's id.
func kindIDs() []string {
	ids := make([]string, len(catalogue))
	for i, k := range catalogue {
		ids[i] = k.ID
	}
	return ids
}

// field says whether the kind understands a key.
func (k Kind) field(name string) bool {
	return slices.ContainsFunc(k.Fields, func(f Field) bool { return f.Name == name })
}
