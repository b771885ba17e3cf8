package providers

// plan is a list of modules as its publisher has it.
type plan struct {
	name    string
	size    int // how many modules the published plan has, or are borrowed from it; 0 for our own
	note    string
	modules []string
}

const fapi = "fapi2-security-profile-final-client-test-"

// callbackModules are decided before a provider is asked: a callback whose
// state is absent or unknown finds no attempt, so Finish is never called. They
// are shown where callbacks are received, in the package handlers.
var callbackModules = []string{
	fapi + "ensure-authorization-response-with-invalid-state-fails",
	fapi + "ensure-authorization-response-with-invalid-missing-state-fails",
}

// plans are the Foundation's certification plans for the code flow, what is
// borrowed from its other plans, and our own list.
var plans = []plan{
	{name: "oidcc-client-basic-certification-test-plan", size: 14, modules: []string{
		"oidcc-client-test",
		"oidcc-client-test-invalid-iss",
		"oidcc-client-test-missing-sub",
		"oidcc-client-test-invalid-aud",
		"oidcc-client-test-missing-iat",
		"oidcc-client-test-kid-absent-single-jwks",
		"oidcc-client-test-kid-absent-multiple-jwks",
		"oidcc-client-test-idtoken-sig-rs256",
		"oidcc-client-test-idtoken-sig-none",
		"oidcc-client-test-invalid-sig-rs256",
		"oidcc-client-test-userinfo-invalid-sub",
		"oidcc-client-test-nonce-invalid",
		"oidcc-client-test-scope-userinfo-claims",
		"oidcc-client-test-client-secret-basic",
	}},
	{name: "oidcc-client-config-certification-test-plan", size: 6, modules: []string{
		"oidcc-client-test-discovery-openid-config",
		"oidcc-client-test-discovery-jwks-uri-keys",
		"oidcc-client-test-discovery-issuer-mismatch",
		"oidcc-client-test-idtoken-sig-none",
		"oidcc-client-test-signing-key-rotation",
		"oidcc-client-test-signing-key-rotation-just-before-signing",
	}},
	{name: "borrowed from fapi2-security-profile-final-client-test-plan", size: 12,
		note: " here; the two of the state are shown in package handlers", modules: append([]string{
			fapi + "invalid-authorization-response-iss",
			fapi + "remove-authorization-response-iss",
			fapi + "invalid-missing-exp",
			fapi + "invalid-expired-exp",
			fapi + "invalid-missing-nonce",
			fapi + "invalid-secondary-aud",
			fapi + "invalid-null-alg",
			fapi + "valid-aud-as-array",
			fapi + "token-type-case-insensitivity",
			fapi + "token-endpoint-response-without-expires_in",
		}, callbackModules...)},
	{name: "borrowed from oidcc-client-test-plan", size: 8, modules: []string{
		"oidcc-client-test-missing-aud",
		"oidcc-client-test-invalid-sig-hs256",
		"oidcc-client-test-invalid-sig-es256",
		"oidcc-client-test-invalid-athash",
		"oidcc-client-test-userinfo-bearer-header",
		"oidcc-client-test-aggregated-claims",
		"oidcc-client-test-distributed-claims",
		"oidcc-client-test-ignores-unparseable-key-in-jwks",
	}},
	{name: "own extras", modules: ownModules()},
}

// ownModules are those that no one else has published.
func ownModules() []string {
	var names []string
	seen := map[string]bool{}
	for _, rows := range [][]module{tokenExtras, headerExtras, jsonExtras, replyExtras, transportExtras, keyExtras} {
		for _, m := range rows {
			if !seen[m.name] {
				names = append(names, m.name)
			}
			seen[m.name] = true
		}
	}
	return names
}
