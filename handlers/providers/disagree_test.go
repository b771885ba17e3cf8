package providers

import (
	"net/http"
	"testing"

	"gatebook/db/event"
)

// A reply can say that it failed, or be about another person, and still look
// like a profile. Neither may sign anyone in.
func TestO13_RepliesThatDisagree(t *testing.T) {
	for _, tt := range []struct {
		kind, key, body string
		want            event.Reason
	}{
		{"wecom", "GET qyapi.weixin.qq.com/cgi-bin/user/get", `{"errcode":0,"errmsg":"ok","userid":"other","name":"Eve"}`, event.ReasonSubjectInvalid},
		{"wecom", "GET qyapi.weixin.qq.com/cgi-bin/user/getuserinfo", `{"errcode":0,"errmsg":"ok","OpenId":"guest"}`, event.ReasonSubjectInvalid},
		{"wecom", "GET qyapi.weixin.qq.com/cgi-bin/user/getuserinfo", `{"errcode":40029,"errmsg":"CANARY","UserId":"P7101P"}`, event.ReasonProviderHTTPError},
		{"wechat", "GET api.weixin.qq.com/sns/oauth2/access_token", `{"errcode":40029,"errmsg":"CANARY","access_token":"CANARY","openid":"w7101"}`, event.ReasonProviderHTTPError},
		{"lark", "POST open.feishu.cn/open-apis/authen/v1/oidc/access_token", `{"code":20003,"msg":"CANARY","data":{"access_token":"CANARY"}}`, event.ReasonProviderHTTPError},
		{"fitbit", "GET api.fitbit.com/1/user/-/profile.json", `{"user":{"encodedId":"OTHER","fullName":"Eve"}}`, event.ReasonSubjectInvalid},
		{"naver", "GET openapi.naver.com/v1/nid/me", `{"resultcode":"024","message":"CANARY","response":{"id":"N7101"}}`, event.ReasonProviderBadResponse},
		{"tiktok", "GET open.tiktokapis.com/v2/user/info/", `{"data":{"user":{"open_id":"o-7101"}},"error":{"code":"scope_not_authorized","message":"CANARY"}}`, event.ReasonProviderBadResponse},
		{"notion", "POST api.notion.com/v1/oauth/token", `{"access_token":"CANARY","owner":{"type":"workspace","workspace":true,"user":{"id":"n-7101"}}}`, event.ReasonSubjectInvalid},
		{"eveonline", "GET login.eveonline.com/oauth/verify", `{"CharacterID":7101,"CharacterName":"Ada"}`, event.ReasonSubjectInvalid},
		{"slack", "GET slack.com/api/openid.connect.userInfo", `{"ok":false,"error":"invalid_auth"}`, event.ReasonUserinfoSubjectMismatch},
	} {
		z := oneOf(t, tt.kind, nil)
		z.answer[tt.key] = text(http.StatusOK, tt.body)
		got, _, err := z.run(z.p, "7101")
		wantFailure(t, err, tt.want, "")
		if got.Subject != "" {
			t.Errorf("%s: a failure came with the profile of %q", tt.kind, got.Subject)
		}
	}
}

// A workspace of Slack that is not named is no namespace.
func TestSlackNeedsTheWorkspace(t *testing.T) {
	z := oneOf(t, "slack", nil)
	z.mutate["claims"] = func(text string) string { return setMember(text, "https://slack.com/team_id", `""`) }
	_, _, err := z.run(z.p, "7101")
	wantFailure(t, err, event.ReasonSubjectInvalid, "")
}
