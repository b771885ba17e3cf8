package providers

// forgeRows are the kinds where code is kept.
var forgeRows = []zooRow{
	{kind: "github", replies: map[string]string{
		"POST github.com/login/oauth/access_token": bearer,
		"GET api.github.com/user":                  `{"id":{who},"login":"ada{who}","name":"Ada {who}","email":"shown@mail.test","avatar_url":"https://img.test/a","bio":null,"location":null}`,
		"GET api.github.com/user/emails":           `[{"email":"ada{who}@mail.test","primary":true,"verified":true}]`,
	}, want: sure(who("github.com", "{who}", "ada{who}@mail.test", "Ada {who}", "ada{who}"))},
	{kind: "gitlab", replies: map[string]string{
		"POST gitlab.com/oauth/token": bearer,
		"GET gitlab.com/api/v4/user":  `{"id":{who},"username":"ada{who}","name":"Ada {who}","email":"ada{who}@mail.test","confirmed_at":"2020-01-01T00:00:00Z","avatar_url":"https://img.test/a"}`,
	}, want: who("gitlab.com", "{who}", "ada{who}@mail.test", "Ada {who}", "ada{who}")},
	{kind: "gitea", config: func(c *Config) { c.BaseURL = "https://git.test/sub" }, replies: map[string]string{
		"POST git.test/sub/login/oauth/access_token": bearer,
		"GET git.test/sub/api/v1/user":               `{"id":{who},"login":"ada{who}","full_name":"Ada {who}","email":"ada{who}@mail.test","avatar_url":"https://img.test/a"}`,
	}, want: who("git.test/sub", "{who}", "ada{who}@mail.test", "Ada {who}", "ada{who}")},
	{kind: "bitbucket", replies: map[string]string{
		"POST bitbucket.org/site/oauth2/access_token": bearer,
		"GET api.bitbucket.org/2.0/user":              `{"uuid":"u-{who}","display_name":"Ada {who}","username":"ada{who}","links":{"avatar":{"href":"https://img.test/a"}}}`,
		"GET api.bitbucket.org/2.0/user/emails":       `{"values":[{"email":"old@mail.test","is_primary":false,"is_confirmed":true},{"email":"ada{who}@mail.test","is_primary":true,"is_confirmed":true}]}`,
	}, want: sure(who("", "u-{who}", "ada{who}@mail.test", "Ada {who}", "ada{who}"))},
	{kind: "digitalocean", replies: map[string]string{
		"POST cloud.digitalocean.com/v1/oauth/token": bearer,
		"GET api.digitalocean.com/v2/account":        `{"account":{"uuid":"u-{who}","name":"Ada {who}","email":"ada{who}@mail.test","email_verified":true,"status":"active","droplet_limit":25}}`,
	}, want: who("", "u-{who}", "ada{who}@mail.test", "Ada {who}", "")},
	{kind: "heroku", replies: map[string]string{
		"POST id.heroku.com/oauth/token": bearer,
		"GET api.heroku.com/account":     `{"id":"u-{who}","name":"Ada {who}","email":"ada{who}@mail.test","verified":true}`,
	}, want: who("", "u-{who}", "ada{who}@mail.test", "Ada {who}", "")},
	{kind: "cloudfoundry", config: func(c *Config) { c.BaseURL = "https://uaa.test/" }, replies: map[string]string{
		"POST uaa.test/oauth/token": bearer,
		"GET uaa.test/userinfo":     `{"user_id":"u-{who}","name":"Ada {who}","given_name":"Ada","family_name":"{who}","email":"ada{who}@mail.test","email_verified":true}`,
	}, want: who("uaa.test", "u-{who}", "ada{who}@mail.test", "Ada {who}", "")},
}

// socialRows are the kinds where people meet.
var socialRows = []zooRow{
	{kind: "discord", replies: map[string]string{
		"POST discord.com/api/oauth2/token": bearer,
		"GET discord.com/api/users/@me":     `{"id":"80{who}","username":"ada{who}","global_name":"Ada {who}","email":"ada{who}@mail.test","verified":true,"avatar":"a","discriminator":"0","mfa_enabled":true}`,
	}, want: sure(who("", "80{who}", "ada{who}@mail.test", "Ada {who}", "ada{who}"))},
	{kind: "reddit", replies: map[string]string{
		"POST www.reddit.com/api/v1/access_token": bearer,
		"GET oauth.reddit.com/api/v1/me":          `{"id":"r{who}","name":"ada{who}","has_verified_email":true}`,
	}, want: who("", "r{who}", "", "ada{who}", "ada{who}")},
	{kind: "mastodon", config: func(c *Config) { c.BaseURL = "https://masto.test" }, replies: map[string]string{
		"POST masto.test/oauth/token":                       bearer,
		"GET masto.test/api/v1/accounts/verify_credentials": `{"id":"10{who}","username":"ada{who}","display_name":"Ada {who}","avatar":"https://img.test/a"}`,
	}, want: who("masto.test", "10{who}", "", "Ada {who}", "ada{who}")},
	{kind: "nextcloud", config: func(c *Config) { c.BaseURL = "https://cloud.test" }, replies: map[string]string{
		"POST cloud.test/apps/oauth2/api/v1/token": bearer,
		"GET cloud.test/ocs/v2.php/cloud/user":     `{"ocs":{"meta":{"status":"ok","statuscode":200},"data":{"id":"ada{who}","display-name":"Ada {who}","email":"ada{who}@mail.test","address":""}}}`,
	}, want: who("cloud.test", "ada{who}", "ada{who}@mail.test", "Ada {who}", "")},
	{kind: "patreon", replies: map[string]string{
		"POST www.patreon.com/api/oauth2/token":      bearer,
		"GET www.patreon.com/api/oauth2/v2/identity": `{"data":{"id":"90{who}","type":"user","attributes":{"created":"2020-01-01T00:00:00.000+00:00","email":"ada{who}@mail.test","is_email_verified":true,"full_name":"Ada {who}","image_url":"https://img.test/a","vanity":"ada{who}"}}}`,
	}, want: who("", "90{who}", "ada{who}@mail.test", "Ada {who}", "ada{who}")},
	{kind: "vk", replies: map[string]string{
		"POST oauth.vk.com/access_token":  `{"access_token":"{token}","expires_in":86400,"user_id":{who},"email":"ada{who}@mail.test"}`,
		"GET api.vk.com/method/users.get": `{"response":[{"id":{who},"first_name":"Ada","last_name":"{who}","nickname":"ada{who}","photo_200":"https://img.test/a"}]}`,
	}, want: who("", "{who}", "ada{who}@mail.test", "Ada {who}", "ada{who}")},
	{kind: "yandex", replies: map[string]string{
		"POST oauth.yandex.com/token": bearer,
		"GET login.yandex.ru/info":    `{"id":"30{who}","login":"ada{who}","real_name":"Ada {who}","default_email":"ada{who}@mail.test","default_avatar_id":"a","is_avatar_empty":false,"first_name":"Ada","last_name":"{who}"}`,
	}, want: who("", "30{who}", "ada{who}@mail.test", "Ada {who}", "ada{who}")},
	{kind: "mailru", replies: map[string]string{
		"POST oauth.mail.ru/token":   bearer,
		"GET oauth.mail.ru/userinfo": `{"id":"31{who}","nickname":"ada{who}","first_name":"Ada","last_name":"{who}","email":"ada{who}@mail.test","image":"https://img.test/a"}`,
	}, want: who("", "31{who}", "ada{who}@mail.test", "Ada {who}", "ada{who}")},
}

// mediaRows are the kinds where people listen, watch, play and run.
var mediaRows = []zooRow{
	{kind: "spotify", replies: map[string]string{
		"POST accounts.spotify.com/api/token": bearer,
		"GET api.spotify.com/v1/me":           `{"id":"s-{who}","display_name":"Ada {who}","email":"ada{who}@mail.test","country":"SE","images":[{"url":"https://img.test/a"}]}`,
	}, want: who("", "s-{who}", "ada{who}@mail.test", "Ada {who}", "")},
	{kind: "strava", replies: map[string]string{
		"POST www.strava.com/oauth/token":   `{"access_token":"{token}","token_type":"Bearer","expires_at":4102444800,"expires_in":21600,"refresh_token":"CANARY","athlete":{"id":{who}}}`,
		"GET www.strava.com/api/v3/athlete": `{"id":{who},"username":"ada{who}","firstname":"Ada","lastname":"{who}","city":"","state":"","country":"","sex":"F","profile":"https://img.test/a"}`,
	}, want: who("", "{who}", "", "Ada {who}", "ada{who}")},
	{kind: "fitbit", replies: map[string]string{
		"POST api.fitbit.com/oauth2/token":         `{"access_token":"{token}","token_type":"Bearer","expires_in":28800,"user_id":"F{who}"}`,
		"GET api.fitbit.com/1/user/-/profile.json": `{"user":{"encodedId":"F{who}","avatar":"https://img.test/a","country":"SE","fullName":"Ada {who}","displayName":"ada{who}"}}`,
	}, want: who("", "F{who}", "", "Ada {who}", "ada{who}")},
	{kind: "dailymotion", replies: map[string]string{
		"POST www.dailymotion.com/oauth/token": bearer,
		"GET api.dailymotion.com/me":           `{"id":"x{who}","email":"ada{who}@mail.test","fullname":"Ada {who}","first_name":"Ada","last_name":"{who}","username":"ada{who}","description":"","avatar_720_url":"https://img.test/a","city":""}`,
	}, want: who("", "x{who}", "ada{who}@mail.test", "Ada {who}", "ada{who}")},
	{kind: "battlenet", replies: map[string]string{
		"POST us.battle.net/oauth/token":   bearer,
		"GET us.battle.net/oauth/userinfo": `{"sub":"{who}","id":{who},"battletag":"ada#{who}"}`,
	}, want: who("", "{who}", "", "", "ada#{who}")},
	{kind: "eveonline", replies: map[string]string{
		"POST login.eveonline.com/oauth/token": bearer,
		"GET login.eveonline.com/oauth/verify": `{"CharacterID":{who},"CharacterName":"Ada {who}","ExpiresOn":"2030-01-01T00:00:00","Scopes":"publicData","TokenType":"Character","CharacterOwnerHash":"hash-{who}="}`,
	}, want: who("hash-{who}=", "{who}", "", "", "Ada {who}")},
}

// workRows are the kinds where people work and buy.
var workRows = []zooRow{
	{kind: "amazon", replies: map[string]string{
		"POST api.amazon.com/auth/o2/token": bearer,
		"GET api.amazon.com/user/profile":   `{"user_id":"amzn1.account.{who}","name":"Ada {who}","email":"ada{who}@mail.test","postal_code":"1"}`,
	}, want: who("", "amzn1.account.{who}", "ada{who}@mail.test", "Ada {who}", "")},
	{kind: "box", replies: map[string]string{
		"POST app.box.com/api/oauth2/token": bearer,
		"GET api.box.com/2.0/users/me":      `{"type":"user","id":"20{who}","name":"Ada {who}","login":"ada{who}@mail.test","address":"","avatar_url":"https://img.test/a"}`,
	}, want: who("", "20{who}", "ada{who}@mail.test", "Ada {who}", "")},
	{kind: "classlink", replies: map[string]string{
		"POST launchpad.classlink.com/oauth2/v2/token": bearer,
		"GET nodeapi.classlink.com/v2/my/info":         `{"UserId":{who},"TenantId":2,"Email":"ada{who}@mail.test","DisplayName":"Ada {who}","FirstName":"Ada","LastName":"{who}"}`,
	}, want: who("", "{who}", "ada{who}@mail.test", "Ada {who}", "")},
	{kind: "dropbox", replies: map[string]string{
		"POST api.dropbox.com/oauth2/token":                `{"access_token":"{token}","token_type":"bearer","account_id":"dbid:{who}","uid":"1"}`,
		"POST api.dropbox.com/2/users/get_current_account": `{"account_id":"dbid:{who}","name":{"given_name":"Ada","surname":"{who}","display_name":"Ada {who}"},"email":"ada{who}@mail.test","email_verified":true,"country":"SE","profile_photo_url":"https://img.test/a"}`,
	}, want: who("", "dbid:{who}", "ada{who}@mail.test", "Ada {who}", "")},
	{kind: "hubspot", replies: map[string]string{
		"POST api.hubapi.com/oauth/v1/token":          bearer,
		"GET api.hubapi.com/oauth/v1/access-tokens/*": `{"token":"CANARY","user":"ada{who}@mail.test","hub_domain":"x","scopes":["oauth"],"hub_id":1,"app_id":2,"expires_in":1800,"user_id":{who},"token_type":"access"}`,
	}, want: who("", "{who}", "ada{who}@mail.test", "", "")},
	{kind: "intercom", replies: map[string]string{
		"POST api.intercom.io/auth/eagle/token": bearer,
		"GET api.intercom.io/me":                `{"type":"admin","id":"21{who}","email":"ada{who}@mail.test","name":"Ada {who}","email_verified":true,"avatar":{"image_url":"https://img.test/a"}}`,
	}, want: who("", "21{who}", "ada{who}@mail.test", "Ada {who}", "")},
	{kind: "uber", replies: map[string]string{
		"POST login.uber.com/oauth/token": bearer,
		"GET api.uber.com/v1/me":          `{"uuid":"u-{who}","first_name":"Ada","last_name":"{who}","email":"ada{who}@mail.test","picture":"https://img.test/a"}`,
	}, want: who("", "u-{who}", "ada{who}@mail.test", "Ada", "")},
	{kind: "yahoo", replies: map[string]string{
		"POST api.login.yahoo.com/oauth2/get_token":  bearer,
		"GET api.login.yahoo.com/openid/v1/userinfo": `{"sub":"Y{who}","name":"Ada {who}","given_name":"Ada","family_name":"{who}","nickname":"ada{who}","email":"ada{who}@mail.test","email_verified":true,"picture":"https://img.test/a"}`,
	}, want: who("", "Y{who}", "ada{who}@mail.test", "Ada {who}", "ada{who}")},
	{kind: "zoom", replies: map[string]string{
		"POST zoom.us/oauth/token": bearer,
		"GET zoom.us/v2/users/me":  `{"id":"z-{who}","first_name":"Ada","last_name":"{who}","email":"ada{who}@mail.test","verified":1,"pic_url":"https://img.test/a"}`,
	}, want: who("", "z-{who}", "ada{who}@mail.test", "Ada {who}", "")},
	{kind: "paypal", replies: map[string]string{
		"POST www.paypal.com/webapps/auth/protocol/openidconnect/v1/tokenservice": bearer,
		"GET www.paypal.com/webapps/auth/protocol/openidconnect/v1/userinfo":      `{"user_id":"https://www.paypal.com/webapps/auth/identity/user/p{who}","name":"Ada {who}","email":"ada{who}@mail.test","address":{"locality":""}}`,
	}, want: who("", "https://www.paypal.com/webapps/auth/identity/user/p{who}", "ada{who}@mail.test", "Ada {who}", "")},
}

// asiaRows are the kinds of East Asia.
var asiaRows = []zooRow{
	{kind: "kakao", replies: map[string]string{
		"POST kauth.kakao.com/oauth/token": bearer,
		"GET kapi.kakao.com/v2/user/me":    `{"id":{who},"properties":{"nickname":"ada{who}","profile_image":"https://img.test/a"},"kakao_account":{"email":"ada{who}@mail.test","is_email_valid":true,"is_email_verified":true}}`,
	}, want: sure(who("client", "{who}", "ada{who}@mail.test", "", "ada{who}"))},
	{kind: "naver", replies: map[string]string{
		"POST nid.naver.com/oauth2.0/token": bearer,
		"GET openapi.naver.com/v1/nid/me":   `{"resultcode":"00","message":"success","response":{"id":"N{who}","name":"Ada {who}","nickname":"ada{who}","email":"ada{who}@mail.test","profile_image":"https://img.test/a","gender":"F","age":"30-39","birthday":"01-01"}}`,
	}, want: who("client", "N{who}", "ada{who}@mail.test", "Ada {who}", "ada{who}")},
	{kind: "line", issuer: "https://access.line.me", hmac: true, claims: `{"sub":"U{who}","email":"ada{who}@mail.test","name":"Ada {who}"}`, replies: map[string]string{
		"POST api.line.me/oauth2/v2.1/token": `{"access_token":"{token}","token_type":"Bearer","expires_in":2592000,"id_token":"{id_token}"}`,
		"GET api.line.me/v2/profile":         `{"userId":"U{who}","displayName":"Ada {who}","pictureUrl":"https://img.test/a"}`,
	}, want: who("client", "U{who}", "ada{who}@mail.test", "Ada {who}", "")},
	{kind: "wechat", replies: map[string]string{
		"GET api.weixin.qq.com/sns/oauth2/access_token": `{"access_token":"{token}","expires_in":7200,"refresh_token":"CANARY","openid":"w{who}","scope":"snsapi_login"}`,
		"GET api.weixin.qq.com/sns/userinfo":            `{"openid":"w{who}","nickname":"ada{who}","sex":2,"province":"","city":"","country":"","headimgurl":"https://img.test/a","unionid":"un{who}"}`,
	}, want: who("client", "w{who}", "", "ada{who}", "ada{who}")},
	{kind: "wecom", config: func(c *Config) { c.Extra = map[string]string{"agent_id": "1000002"} }, replies: map[string]string{
		"GET qyapi.weixin.qq.com/cgi-bin/gettoken":         `{"errcode":0,"errmsg":"ok","access_token":"CANARY-corp","expires_in":7200}`,
		"GET qyapi.weixin.qq.com/cgi-bin/user/getuserinfo": `{"errcode":0,"errmsg":"ok","UserId":"P{who}P","DeviceId":"d"}`,
		"GET qyapi.weixin.qq.com/cgi-bin/user/get":         `{"errcode":0,"errmsg":"ok","userid":"P{who}P","name":"Ada {who}","alias":"ada{who}","email":"ada{who}@mail.test","avatar":"https://img.test/a"}`,
	}, want: who("client", "P{who}P", "ada{who}@mail.test", "Ada {who}", "ada{who}")},
	{kind: "lark", replies: map[string]string{
		"POST open.feishu.cn/open-apis/auth/v3/app_access_token/internal/": `{"code":0,"msg":"ok","app_access_token":"CANARY-app","expire":7200}`,
		"POST open.feishu.cn/open-apis/authen/v1/oidc/access_token":        `{"code":0,"msg":"ok","data":{"access_token":"{token}","refresh_token":"CANARY","token_type":"Bearer","expires_in":7200,"refresh_expires_in":2592000,"scope":"s"}}`,
		"GET open.feishu.cn/open-apis/authen/v1/user_info":                 `{"code":0,"msg":"ok","data":{"open_id":"ou_{who}","union_id":"on_{who}","user_id":"","name":"Ada {who}","enterprise_email":"ada{who}@mail.test","avatar_url":"https://img.test/a"}}`,
	}, want: who("client", "on_{who}", "ada{who}@mail.test", "Ada {who}", "")},
	{kind: "seatalk", replies: map[string]string{
		"POST seatalkweb.com/webapp/oauth2/token":  bearer,
		"GET seatalkweb.com/webapp/oauth2/profile": `{"user_id":"k-{who}","name":"Ada {who}","email":"ada{who}@mail.test"}`,
	}, want: who("", "k-{who}", "ada{who}@mail.test", "Ada {who}", "")},
}
