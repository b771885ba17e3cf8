package providers

import "slices"

// RefusedKind is a package of goth that Gatebook does not offer.
type RefusedKind struct {
	ID     string // the package's name
	Reason string // what is wrong with it, and what to use instead, in plain words
}

// refused is every package of goth that no kind is built on. A kind may have
// the name of one, where Gatebook speaks to the service in another way.
var refused = []RefusedKind{
	{"auth0", "the package goes round the transport for its tokens and checks no ID token; the kind auth0 uses OpenID Connect instead"},
	{"azuread", "its subject is the sign-in name, which can be given to another person, and the interface that it asks was shut down in July 2025; use the kind microsoft"},
	{"bitly", "the package never says who the person is: the id stays empty; it also panics when the network fails"},
	{"cognito", "the package fails where the flag of the address is a boolean and checks no ID token; the kind cognito uses OpenID Connect instead"},
	{"deezer", "the service no longer registers applications, and errors arrive as a person with the id 0"},
	{"faux", "it is a stand-in for tests and asks nobody"},
	{"gplus", "Google+ was closed in 2019; use the kind google"},
	{"influxcloud", "the service that it signs in at is gone; it also reads its address from the environment (INFLUXCLOUD_OAUTH_DOMAIN)"},
	{"instagram", "the interface that it asks was closed in June 2020, and nothing that signs people in has replaced it"},
	{"lastfm", "it has no permanent id of a person and no state, and talks in plain http"},
	{"linkedin", "the package uses a product that new applications cannot have; the kind linkedin uses OpenID Connect instead"},
	{"meetup", "the interface that it asks was removed"},
	{"microsoftonline", "it gives the sign-in name out as an e-mail address and drops the ID token; use the kind microsoft"},
	{"okta", "the package drops the flag of the address and checks no ID token; the kind okta uses OpenID Connect instead"},
	{"onedrive", "its subject is an e-mail address, which can pass to another person, and the service was closed in 2018; use the kind microsoft"},
	{"oura", "the version of the interface that it asks was closed"},
	{"salesforce", "the package asks whatever address the token reply names; the kind salesforce uses OpenID Connect instead"},
	{"shopify", "it connects a shop, which is no person, and reads its key from the environment (SHOPIFY_SECRET)"},
	{"slack", "the package uses the old kind of application and takes a refusal for a person without an id; the kind slack uses OpenID Connect instead"},
	{"soundcloud", "the service ended sign-in without PKCE in October 2024, moved, and is replacing the ids that it uses"},
	{"stripe", "it connects a merchant's account, which is no person"},
	{"tiktok", "it speaks a version that was shut off in September 2023; the kind tiktok is Gatebook's own"},
	{"tumblr", "the package never says who the person is: the id stays empty, and the name can change hands"},
	{"twitch", "the package reads no ID token and has no flag of the address; the kind twitch uses OpenID Connect instead"},
	{"twitter", "it speaks OAuth 1.0a to an interface that most applications may not ask, and panics on empty profile fields; use the kind x"},
	{"twitterv2", "it speaks OAuth 1.0a, keeps no state and panics on error replies; use the kind x"},
	{"typetalk", "the service has ended"},
	{"wepay", "the service was wound down"},
	{"xero", "it signs in an organisation, which is no person, by a protocol that was switched off, and can end the whole program over its environment (XERO_METHOD)"},
	{"yammer", "it is a part of Microsoft 365 now, and panics on any reply that lacks a field; use the kind microsoft"},
}

// Refused is every package of goth that is not offered, and why.
func Refused() []RefusedKind { return slices.Clone(refused) }

// refusedWhy is why a package is not offered, "" for any other word.
func refusedWhy(id string) string {
	for _, r := range refused {
		if r.ID == id {
			return r.Reason
		}
	}
	return ""
}
