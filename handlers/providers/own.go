package providers

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/markbates/goth"
	"golang.org/x/oauth2"
)

// ownSession is the session of the implementations that are Gatebook's own.
type ownSession struct {
	AuthURL     string
	AccessToken string
}

// GetAuthURL is where the person is sent.
func (s *ownSession) GetAuthURL() (string, error) {
	if s.AuthURL == "" {
		return "", errors.New(goth.NoAuthUrlErrorMessage)
	}
	return s.AuthURL, nil
}

// Marshal is the session as text.
func (s *ownSession) Marshal() string {
	text, _ := json.Marshal(s) // two texts always marshal
	return string(text)
}

// Authorize exchanges the code.
func (s *ownSession) Authorize(p goth.Provider, params goth.Params) (string, error) {
	trader, ok := p.(interface {
		trade(code string) (string, error)
	})
	if !ok {
		return "", errors.New("the session is of another provider")
	}
	access, err := trader.trade(params.Get("code"))
	s.AccessToken = access
	return access, err
}

// ownProvider is what they have in common: an OAuth 2.0 client, which a
// provider embeds and adds FetchUser to.
type ownProvider struct {
	name   string
	config oauth2.Config
	client *http.Client
}

func newOwn(name string, s setup) ownProvider {
	return ownProvider{name: name, client: s.client, config: oauth2.Config{
		ClientID: s.id, ClientSecret: s.secret, RedirectURL: s.callback, Scopes: s.scopes,
		Endpoint: oauth2.Endpoint{AuthURL: s.ends.auth, TokenURL: s.ends.token, AuthStyle: oauth2.AuthStyleInParams},
	}}
}

// Name is the provider's name.
func (p *ownProvider) Name() string { return p.name }

// SetName changes the provider's name.
func (p *ownProvider) SetName(name string) { p.name = name }

// Debug does nothing: there is nothing that could be printed.
func (p *ownProvider) Debug(bool) {}

// RefreshTokenAvailable is false: tokens are dropped after the profile.
func (p *ownProvider) RefreshTokenAvailable() bool { return false }

// RefreshToken is not offered.
func (p *ownProvider) RefreshToken(string) (*oauth2.Token, error) {
	return nil, errors.New("refresh tokens are not used")
}

// UnmarshalSession reads a session's text.
func (p *ownProvider) UnmarshalSession(text string) (goth.Session, error) {
	s := &ownSession{}
	return s, json.Unmarshal([]byte(text), s)
}

// BeginAuth starts a trip.
func (p *ownProvider) BeginAuth(state string) (goth.Session, error) {
	return &ownSession{AuthURL: p.config.AuthCodeURL(state)}, nil
}

func (p *ownProvider) trade(code string) (string, error) {
	t, err := p.config.Exchange(context.WithValue(context.Background(), oauth2.HTTPClient, p.client), code)
	if err != nil {
		return "", err
	}
	return t.AccessToken, nil
}

// ask gets a JSON object with the session's token.
func (p *ownProvider) ask(session goth.Session, address string, into any) error {
	s, ok := session.(*ownSession)
	if !ok || s.AccessToken == "" {
		return errors.New("the session holds no access token")
	}
	req, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+s.AccessToken)
	resp, err := p.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return errors.New("the provider refused to say who this is")
	}
	body, err := readAtMost(resp.Body, profileBytes)
	if err != nil {
		return err
	}
	return json.Unmarshal(body, into)
}
