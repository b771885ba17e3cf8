package event

// Reason says why: required on a failure, and on a success it may say how.
// ReasonNone is a success that needs no explanation.
type Reason uint16

// The closed list of reasons.
const (
	ReasonNone Reason = iota

	// How an attempt's return went wrong before the provider was asked.
	ReasonAttemptMissing
	ReasonAttemptExpired
	ReasonAttemptConsumed
	ReasonStateMismatch
	ReasonIntentMismatch
	ReasonSessionChanged
	ReasonProviderMismatch
	ReasonIssMismatch
	ReasonPKCEFailed
	ReasonCallbackMalformed

	// What the person did at the provider.
	ReasonDeniedByUser
	ReasonLoginRequired
	ReasonConsentRequired
	ReasonInteractionRequired
	ReasonAbandoned

	// What was wrong with the provider's assertion.
	ReasonIDTokenMissing
	ReasonIDTokenInvalid
	ReasonNonceMismatch
	ReasonUserinfoSubjectMismatch
	ReasonSubjectInvalid
	ReasonAssertionInvalid

	// What was wrong with the provider itself.
	ReasonProviderUnknown
	ReasonProviderDisabled
	ReasonProviderMisconfigured
	ReasonProviderTimeout
	ReasonProviderUnreachable
	ReasonProviderTLS
	ReasonProviderHTTPError
	ReasonProviderBadResponse
	ReasonProviderRejectedCode
	ReasonProviderRejectedClient
	ReasonProviderPanic
	ReasonProviderCircuitOpen
	ReasonProviderSSRFBlocked

	// What the policy said.
	ReasonApprovalPending
	ReasonSignupClosed
	ReasonInviteRequired
	ReasonInviteInvalid
	ReasonDomainNotAllowed
	ReasonEmailMissing
	ReasonEmailUnverified
	ReasonEmailInvalid
	ReasonEmailAmbiguous
	ReasonLinkRequired
	ReasonLinkDisabled
	ReasonTenantNotAllowed

	// What the account's or identity's state said.
	ReasonAccountDisabled
	ReasonAccountDeleted
	ReasonAccountMerged
	ReasonIdentityInUse
	ReasonAlreadyLinked
	ReasonLastIdentity
	ReasonNotFresh
	ReasonPendingInvalid

	// How a success came about.
	ReasonKnownIdentity
	ReasonSignup
	ReasonProvedBySignin
	ReasonSignedIn
	ReasonAutoVerifiedEmail
	ReasonInvited
	ReasonRescue
	ReasonSwitchedAccount
	ReasonAllowed
	ReasonClaimed
	ReasonGranted
	ReasonDemo

	// Why a session ended.
	ReasonAccountRequest
	ReasonIdle
	ReasonAbsolute
	ReasonLimit
	ReasonAdmin
	ReasonIdentityUnlinked
	ReasonRotated
	ReasonCorrupt

	// What was wrong with a request.
	ReasonCSRF
	ReasonRateLimited
	ReasonNotAdmin
	ReasonUntrustedProxy
	ReasonBadForwardedHeader
	ReasonClaimInvalid

	// What the system said.
	ReasonStorageFull
	ReasonStorageReadonly
	ReasonStorageUnavailable
	ReasonStorageCorrupt
	ReasonShutdown
	ReasonPanic
)

var reasonWords = words[Reason]{
	ReasonAttemptMissing:          "attempt_missing",
	ReasonAttemptExpired:          "attempt_expired",
	ReasonAttemptConsumed:         "attempt_consumed",
	ReasonStateMismatch:           "state_mismatch",
	ReasonIntentMismatch:          "intent_mismatch",
	ReasonSessionChanged:          "session_changed",
	ReasonProviderMismatch:        "provider_mismatch",
	ReasonIssMismatch:             "iss_mismatch",
	ReasonPKCEFailed:              "pkce_failed",
	ReasonCallbackMalformed:       "callback_malformed",
	ReasonDeniedByUser:            "denied_by_user",
	ReasonLoginRequired:           "login_required",
	ReasonConsentRequired:         "consent_required",
	ReasonInteractionRequired:     "interaction_required",
	ReasonAbandoned:               "abandoned",
	ReasonIDTokenMissing:          "id_token_missing",
	ReasonIDTokenInvalid:          "id_token_invalid",
	ReasonNonceMismatch:           "nonce_mismatch",
	ReasonUserinfoSubjectMismatch: "userinfo_subject_mismatch",
	ReasonSubjectInvalid:          "subject_invalid",
	ReasonAssertionInvalid:        "assertion_invalid",
	ReasonProviderUnknown:         "provider_unknown",
	ReasonProviderDisabled:        "provider_disabled",
	ReasonProviderMisconfigured:   "provider_misconfigured",
	ReasonProviderTimeout:         "provider_timeout",
	ReasonProviderUnreachable:     "provider_unreachable",
	ReasonProviderTLS:             "provider_tls",
	ReasonProviderHTTPError:       "provider_http_error",
	ReasonProviderBadResponse:     "provider_bad_response",
	ReasonProviderRejectedCode:    "provider_rejected_code",
	ReasonProviderRejectedClient:  "provider_rejected_client",
	ReasonProviderPanic:           "provider_panic",
	ReasonProviderCircuitOpen:     "provider_circuit_open",
	ReasonProviderSSRFBlocked:     "provider_ssrf_blocked",
	ReasonApprovalPending:         "approval_pending",
	ReasonSignupClosed:            "signup_closed",
	ReasonInviteRequired:          "invite_required",
	ReasonInviteInvalid:           "invite_invalid",
	ReasonDomainNotAllowed:        "domain_not_allowed",
	ReasonEmailMissing:            "email_missing",
	ReasonEmailUnverified:         "email_unverified",
	ReasonEmailInvalid:            "email_invalid",
	ReasonEmailAmbiguous:          "email_ambiguous",
	ReasonLinkRequired:            "link_required",
	ReasonLinkDisabled:            "link_disabled",
	ReasonTenantNotAllowed:        "tenant_not_allowed",
	ReasonAccountDisabled:         "account_disabled",
	ReasonAccountDeleted:          "account_deleted",
	ReasonAccountMerged:           "account_merged",
	ReasonIdentityInUse:           "identity_in_use",
	ReasonAlreadyLinked:           "already_linked",
	ReasonLastIdentity:            "last_identity",
	ReasonNotFresh:                "not_fresh",
	ReasonPendingInvalid:          "pending_invalid",
	ReasonKnownIdentity:           "known_identity",
	ReasonSignup:                  "signup",
	ReasonProvedBySignin:          "proved_by_signin",
	ReasonSignedIn:                "signed_in",
	ReasonAutoVerifiedEmail:       "auto_verified_email",
	ReasonInvited:                 "invited",
	ReasonRescue:                  "rescue",
	ReasonSwitchedAccount:         "switched_account",
	ReasonAllowed:                 "allowed",
	ReasonClaimed:                 "claimed",
	ReasonGranted:                 "granted",
	ReasonDemo:                    "demo",
	ReasonAccountRequest:          "account_request",
	ReasonIdle:                    "idle",
	ReasonAbsolute:                "absolute",
	ReasonLimit:                   "limit",
	ReasonAdmin:                   "admin",
	ReasonIdentityUnlinked:        "identity_unlinked",
	ReasonRotated:                 "rotated",
	ReasonCorrupt:                 "corrupt",
	ReasonCSRF:                    "csrf",
	ReasonRateLimited:             "rate_limited",
	ReasonNotAdmin:                "not_admin",
	ReasonUntrustedProxy:          "untrusted_proxy",
	ReasonBadForwardedHeader:      "bad_forwarded_header",
	ReasonClaimInvalid:            "claim_invalid",
	ReasonStorageFull:             "storage_full",
	ReasonStorageReadonly:         "storage_readonly",
	ReasonStorageUnavailable:      "storage_unavailable",
	ReasonStorageCorrupt:          "storage_corrupt",
	ReasonShutdown:                "shutdown",
	ReasonPanic:                   "panic",
}

// String is the reason's word, such as "state_mismatch"; empty for ReasonNone.
func (r Reason) String() string {
	if r == ReasonNone {
		return ""
	}
	return reasonWords.word(r)
}

// ParseReason finds the reason of a word; the error names the word.
func ParseReason(s string) (Reason, error) { return reasonWords.parse("reason", s) }

// Reasons lists every reason in the order of its numbers.
func Reasons() []Reason { return reasonWords.all() }
