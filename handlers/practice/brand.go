package practice

import (
	"net/http"
	"strings"
)

// The kinds of provider, in the words of a provider's settings.
const (
	kindOIDC   = "oidc"
	kindGitHub = "github"
)

// brand is how one provider presents itself.
type brand struct {
	ID, Label, Kind string
	Motto           string
}

var brands = []brand{
	{ID: "harbor", Label: "Harbor", Kind: kindOIDC, Motto: "One berth for every craft"},
	{ID: "meadow", Label: "Meadow", Kind: kindOIDC, Motto: "A quiet place for your name"},
	{ID: "forge", Label: "Forge", Kind: kindGitHub, Motto: "where makers keep their work"},
}

// The endpoints that are counted and that faults can take over.
const (
	atDiscovery = "discovery"
	atAuthorize = "authorize"
	atToken     = "token"
	atUserinfo  = "userinfo"
	atJWKS      = "jwks"
	atEmails    = "emails"
)

// endpoint handles one request under the fault that was set when it came.
type endpoint func(w http.ResponseWriter, r *http.Request, f change)

// mount registers every route of the provider.
func (p *provider) mount(mux *http.ServeMux) {
	at := func(pattern, name string, h endpoint) {
		method, path, _ := strings.Cut(pattern, " ")
		p.handle(mux, method+" /"+p.ID+path, name, h)
	}
	if p.Kind == kindOIDC {
		at("GET /.well-known/openid-configuration", atDiscovery, p.discovery)
		at("GET /jwks", atJWKS, p.jwks)
		at("POST /token", atToken, p.token)
		at("GET /userinfo", atUserinfo, p.userinfo)
		at("POST /userinfo", atUserinfo, p.userinfo)
	} else {
		at("POST /login/oauth/access_token", atToken, p.forgeToken)
		at("GET /api/v3/user", atUserinfo, p.forgeUser)
		at("GET /api/v3/user/emails", atEmails, p.forgeEmails)
	}
	at("GET "+p.authorizePath(), atAuthorize, p.authorize)
	at("POST "+p.authorizePath(), atAuthorize, p.authorize)
	mux.HandleFunc("GET /"+p.ID+"/style.css", serveStyle)
	mux.HandleFunc("GET /"+p.ID+"/mark.svg", p.serveMark)
	mux.HandleFunc("GET /"+p.ID+"/avatar/{handle}", p.serveAvatar)
}

func (p *provider) authorizePath() string {
	if p.Kind == kindOIDC {
		return "/authorize"
	}
	return "/login/oauth/authorize"
}
