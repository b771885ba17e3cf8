package providers

import (
	"gatebook/db/event"
	"gatebook/handlers/accounts"

	"github.com/markbates/goth"
	"github.com/markbates/goth/providers/kakao"
	"github.com/markbates/goth/providers/lark"
	"github.com/markbates/goth/providers/line"
	"github.com/markbates/goth/providers/naver"
	"github.com/markbates/goth/providers/seatalk"
	"github.com/markbates/goth/providers/wechat"
	"github.com/markbates/goth/providers/wecom"
)

// kakaoKind reads the address that the package leaves out, and both its flags.
var kakaoKind = Kind{
	ID: "kakao", Label: "Kakao", Package: "kakao", Tier: TierB,
	Fields:  fields(fieldClientID, fieldSecret),
	Scopes:  []string{"account_email", "profile_nickname"},
	PKCE:    true,
	Console: "https://developers.kakao.com/console/app",

	EmailTrust: TrustVerified,
	EmailFlag:  "is_email_verified",
	EmailWhy:   "the provider says of the address whether it is valid and verified (is_email_valid, is_email_verified)",
	Subject:    "the numeric id of the person within the application",
	Namespace:  "the client id: ids differ from one application to the next",

	Params:    []string{"code"},
	AuthStyle: AuthInParams,
	Needs:     NeedsClient,

	endpoints: fixed("https://kauth.kakao.com/oauth/authorize", "https://kauth.kakao.com/oauth/token", "https://kapi.kakao.com/v2/user/me"),
	construct: func(s setup) (goth.Provider, error) {
		p := kakao.New(s.id, s.secret, s.callback, s.scopes...)
		p.HTTPClient = s.client
		return p, nil
	},
	profile: func(a *arrival) (accounts.Profile, error) {
		m := mail{address: a.info.textAt("kakao_account.email"), by: "the profile reply of " + a.p.Host()}
		m.verified = isTrue(a.info.at("kakao_account.is_email_valid")) && isTrue(a.info.at("kakao_account.is_email_verified"))
		return a.profile(perClient(a), a.info.digitsAt("id"), m)
	},
}

// lineKind is held to its profile reply: the ID token is signed with the client
// secret, and its package alone reads it, for the address.
var lineKind = Kind{
	ID: "line", Label: "LINE", Package: "line", Tier: TierB,
	Fields:  fields(fieldClientID, fieldSecret),
	Scopes:  []string{"openid", "profile", "email"},
	Console: "https://developers.line.biz/console/",

	EmailTrust: TrustNever,
	Subject:    "the userId",
	Namespace:  "the client id: ids differ from one LINE provider to the next",

	Params:    []string{"code"},
	AuthStyle: AuthInParams,
	Needs:     NeedsClient,

	endpoints: fixed("https://access.line.me/oauth2/v2.1/authorize", "https://api.line.me/oauth2/v2.1/token", "https://api.line.me/v2/profile"),
	construct: func(s setup) (goth.Provider, error) {
		p := line.New(s.id, s.secret, s.callback, s.scopes...)
		p.HTTPClient = s.client
		return p, nil
	},
	profile: func(a *arrival) (accounts.Profile, error) {
		a.user.Name, a.user.NickName = a.user.NickName, ""
		return a.profile(perClient(a), a.info.text("userId"), mail{address: a.user.Email, by: "the ID token of LINE"})
	},
}

// naverKind has no scopes: the application as registered says what is shown.
var naverKind = Kind{
	ID: "naver", Label: "Naver", Package: "naver", Tier: TierB,
	Fields:  fields(fieldClientID, fieldSecret),
	PKCE:    true,
	Console: "https://developers.naver.com/apps/",

	EmailTrust: TrustNever,
	Subject:    "the id of the person within the application",
	Namespace:  "the client id: ids differ from one application to the next",

	Params:    []string{"code"},
	AuthStyle: AuthInParams,
	Needs:     NeedsClient,

	endpoints: fixed("https://nid.naver.com/oauth2.0/authorize", "https://nid.naver.com/oauth2.0/token", "https://openapi.naver.com/v1/nid/me"),
	construct: func(s setup) (goth.Provider, error) {
		p := naver.New(s.id, s.secret, s.callback)
		p.HTTPClient = s.client
		return p, nil
	},
	profile: func(a *arrival) (accounts.Profile, error) {
		if a.info.text("resultcode") != "00" {
			return accounts.Profile{}, fail(event.ReasonProviderBadResponse, "the profile reply says that it failed")
		}
		return person{id: "response.id", email: "response.email", namespace: perClient}.profile(a)
	},
}

// wechatKind asks for the token by GET. Its package makes an address up; no
// address is ever taken from it.
var wechatKind = Kind{
	ID: "wechat", Label: "WeChat", Package: "wechat", Tier: TierC,
	Fields:  fields(fieldClientID, fieldSecret),
	Scopes:  []string{"snsapi_login"},
	Console: "https://open.weixin.qq.com/",

	EmailTrust: TrustNever,
	Subject:    "the openid of the person within the application",
	Namespace:  "the client id: ids differ from one application to the next",

	Params:    []string{"code"},
	AuthStyle: AuthInParams,
	Needs:     NeedsDefaultClient,
	byToken:   true,
	trade:     queryTrade,

	endpoints: fixed("https://open.weixin.qq.com/connect/qrconnect", "https://api.weixin.qq.com/sns/oauth2/access_token", "https://api.weixin.qq.com/sns/userinfo"),
	construct: func(s setup) (goth.Provider, error) {
		return wechat.New(s.id, s.secret, s.callback, wechat.WECHAT_LANG_EN), nil
	},
	profile: person{id: "openid", namespace: perClient, handle: "nickname"}.profile,
}

// larkKind is open.feishu.cn. Its package writes the code into JSON by hand, so a
// code that could end the text is refused; the subject is not the package's, which
// is empty without a permission of its own.
var larkKind = Kind{
	ID: "lark", Label: "Lark", Package: "lark", Tier: TierC,
	Fields:  fields(fieldClientID, fieldSecret),
	Scopes:  []string{"contact:user.base:readonly"},
	Console: "https://open.feishu.cn/app",

	EmailTrust: TrustNever,
	Subject:    "the union_id",
	Namespace:  "the client id: ids differ from one developer to the next",

	Params:    []string{"code"},
	AuthStyle: AuthInParams,
	Needs:     NeedsClient,
	trade:     jsonTrade,
	gate:      larkCode,

	endpoints: func(Config) (endpoints, error) {
		return endpoints{
			auth: "https://open.feishu.cn/open-apis/authen/v1/authorize", token: "https://open.feishu.cn/open-apis/authen/v1/oidc/access_token",
			userinfo: "https://open.feishu.cn/open-apis/authen/v1/user_info",
			posts:    []string{"https://open.feishu.cn/open-apis/auth/v3/app_access_token/internal/"},
		}, nil
	},
	construct: func(s setup) (goth.Provider, error) {
		p := lark.New(s.id, s.secret, s.callback, s.scopes...)
		p.HTTPClient = s.client
		return p, nil
	},
	profile: func(a *arrival) (accounts.Profile, error) {
		a.user.NickName = "" // goth repeats the name here
		return person{id: "data.union_id", email: "data.enterprise_email", namespace: perClient}.profile(a)
	},
}

// seatalkKind has a package that no client can be set on.
var seatalkKind = Kind{
	ID: "seatalk", Label: "SeaTalk", Package: "seatalk", Tier: TierC,
	Fields:  fields(fieldClientID, fieldSecret),
	Scopes:  []string{"email"},
	Console: "https://open.seatalk.io/",

	EmailTrust: TrustNever,
	Subject:    "the user_id",
	Namespace:  "none: the id is unique among all people there",

	Params:    []string{"code"},
	AuthStyle: AuthInParams,
	Needs:     NeedsDefaultClient,
	byToken:   true,

	endpoints: fixed("https://seatalkweb.com/webapp/oauth2/authorize", "https://seatalkweb.com/webapp/oauth2/token", "https://seatalkweb.com/webapp/oauth2/profile"),
	construct: func(s setup) (goth.Provider, error) {
		return seatalk.New(s.id, s.secret, s.callback, s.scopes...), nil
	},
	profile: func(a *arrival) (accounts.Profile, error) {
		a.user.NickName = "" // goth repeats the name here
		return person{id: "user_id", email: "email"}.profile(a)
	},
}

// wecomKind is one company of WeCom. The token is the company's; the code is shown
// for the id of the person, which an administrator of the company can change.
var wecomKind = Kind{
	ID: "wecom", Label: "WeCom", Package: "wecom", Tier: TierC,
	Fields: fields(fieldClientID, fieldSecret,
		Field{Name: "agent_id", Required: true, Help: "the id of the application within the company"}),
	Console: "https://work.weixin.qq.com/wework_admin/frame#apps",

	EmailTrust: TrustNever,
	Subject:    "the userid within the company",
	Namespace:  "the client id, which is the company's",

	Params:    []string{"code"},
	AuthStyle: AuthInParams,
	Needs:     NeedsClient,
	trade:     wecomTrade,

	endpoints: fixed("https://open.work.weixin.qq.com/wwopen/sso/qrConnect", "https://qyapi.weixin.qq.com/cgi-bin/user/getuserinfo", "https://qyapi.weixin.qq.com/cgi-bin/user/get", "https://qyapi.weixin.qq.com/cgi-bin/gettoken"),
	construct: func(s setup) (goth.Provider, error) {
		p := wecom.New(s.id, s.secret, s.cfg.value("agent_id"), s.callback)
		p.HTTPClient = s.client
		return p, nil
	},
	profile: func(a *arrival) (accounts.Profile, error) {
		subject := a.info.text("userid")
		if subject != a.back.token.said.text("UserId") {
			subject = "" // the profile must be about the one who came
		}
		return a.profile(perClient(a), subject, mail{address: a.info.text("email"), by: "the directory of the company"})
	},
}
