package handlers

import "gatebook/db/event"

// words are what a reason says to people: to the person it happened to, plain
// and without a hint that would help a stranger, and to the admin who reads
// the book.
type words struct {
	status  int
	heading string
	person  string
	help    string
	admin   string
	another bool // another account at the same provider may fare better
}

// wordsOf are the words of a reason; an unknown one has those of a fault.
func wordsOf(r event.Reason) words {
	if found, ok := reasonWords[r]; ok && found.heading != "" {
		return found
	}
	return reasonWords[event.ReasonPanic]
}

// adminWords is a reason's sentence for admins.
func adminWords(r event.Reason) string { return reasonWords[r].admin }

// tone is how a page about the reason looks.
func (w words) tone() string {
	if w.status >= 500 || w.status == 400 || w.status == 403 {
		return "bad"
	}
	return "note"
}

// reasonWords has every reason. One that only ever explains a success has a
// sentence for admins alone.
var reasonWords = map[event.Reason]words{
	event.ReasonAttemptMissing: {
		status:  400,
		heading: "This sign-in cannot be finished here",
		person:  "It was started in another browser, or this one keeps no cookies.",
		help:    "Start again in this browser, and allow cookies for this site.",
		admin:   "The callback came without the cookie that ties an attempt to its browser: another browser, blocked cookies, or a forged link.",
	},
	event.ReasonAttemptExpired: {
		status:  400,
		heading: "That took too long",
		person:  "A sign-in must be finished within 10 minutes.",
		help:    "Start again; nothing is lost.",
		admin:   "The callback came more than 10 minutes after the attempt began.",
	},
	event.ReasonAttemptConsumed: {
		status:  400,
		heading: "This sign-in was finished before",
		person:  "Each sign-in works once, so that nobody can use it again after you.",
		help:    "If you are not signed in, start again.",
		admin:   "The same callback came a second time: a double click, the Back button, or a replay.",
	},
	event.ReasonStateMismatch: {
		status:  400,
		heading: "This sign-in is not one that was started here",
		person:  "The answer from the provider does not belong to any sign-in of this browser.",
		help:    "Start again from the sign-in page.",
		admin:   "The state parameter belongs to no attempt: an old link, or an attempt to sign somebody in as another (login CSRF).",
	},
	event.ReasonIntentMismatch: {
		status:  400,
		heading: "This answer does not fit what was asked",
		person:  "Something else was started than was finished.",
		help:    "Start again from the page that you came from.",
		admin:   "The callback's intent is not that of its attempt.",
	},
	event.ReasonSessionChanged: {
		status:  400,
		heading: "The session is not the one you started with",
		person:  "You signed out, or somebody else signed in, while you were away at the provider.",
		help:    "Sign in as yourself and try once more.",
		admin:   "The session at the callback is not the one that began the attempt, or another person's identity was used to prove this one.",
	},
	event.ReasonProviderMismatch: {
		status:  400,
		heading: "The answer came from another provider",
		person:  "A sign-in that starts with one provider has to end with it.",
		help:    "Start again from the sign-in page.",
		admin:   "The callback came on another provider's address than the attempt's (mix-up, RFC 9700 §4.4).",
	},
	event.ReasonIssMismatch: {
		status:  400,
		heading: "The answer came from another provider",
		person:  "The name that the provider signed with is not the one it has here.",
		help:    "Start again; if it stays so, tell the person who runs this site.",
		admin:   "The iss parameter is missing though promised, or is not the configured issuer (RFC 9207).",
	},
	event.ReasonPKCEFailed: {
		status:  400,
		heading: "The provider would not finish the sign-in",
		person:  "It could not match the answer with the question.",
		help:    "Start again from the sign-in page.",
		admin:   "The provider refused the PKCE verifier.",
	},
	event.ReasonCallbackMalformed: {
		status:  400,
		heading: "The provider's answer makes no sense",
		person:  "What came back could not be read.",
		help:    "Start again; if it stays so, tell the person who runs this site.",
		admin:   "The callback's parameters are missing, doubled, too long or unknown.",
	},
	event.ReasonDeniedByUser: {
		status:  400,
		heading: "You cancelled",
		person:  "Nothing has changed.",
		help:    "Start again whenever you like.",
		admin:   "The person pressed \"cancel\" or \"deny\" at the provider.",
	},
	event.ReasonLoginRequired: {
		status:  400,
		heading: "The provider wants you to sign in there first",
		person:  "It did not know you.",
		help:    "Try again and sign in at the provider.",
		admin:   "The provider answered login_required.",
	},
	event.ReasonConsentRequired: {
		status:  400,
		heading: "The provider wants your consent first",
		person:  "It asks whether it may tell us who you are.",
		help:    "Try again and allow it.",
		admin:   "The provider answered consent_required.",
	},
	event.ReasonInteractionRequired: {
		status:  400,
		heading: "The provider has a question for you",
		person:  "It could not go on without asking you something.",
		help:    "Try again and answer it.",
		admin:   "The provider answered interaction_required or account_selection_required.",
	},
	event.ReasonAbandoned: {
		status:  400,
		heading: "The sign-in was left unfinished",
		person:  "Nothing has changed.",
		help:    "Start again whenever you like.",
		admin:   "The attempt was never finished.",
	},
	event.ReasonIDTokenMissing: {
		status:  502,
		heading: "The provider left something out",
		person:  "Its answer did not say who you are in a way that can be checked.",
		help:    "Try again later, or another way in.",
		admin:   "The token reply holds no ID token, though this kind of provider has to send one.",
	},
	event.ReasonIDTokenInvalid: {
		status:  502,
		heading: "The provider's answer could not be trusted",
		person:  "A check of it failed, so nobody was signed in.",
		help:    "Try again; if it stays so, tell the person who runs this site.",
		admin:   "A check of the ID token failed. If it is exp, iat or nbf, look at this machine's clock.",
	},
	event.ReasonNonceMismatch: {
		status:  502,
		heading: "The provider's answer could not be trusted",
		person:  "It was made for another sign-in.",
		help:    "Start again from the sign-in page.",
		admin:   "The ID token's nonce is not that of the attempt: a replayed token.",
	},
	event.ReasonUserinfoSubjectMismatch: {
		status:  502,
		heading: "The provider contradicts itself",
		person:  "It named two different people in one answer.",
		help:    "Try again; if it stays so, tell the person who runs this site.",
		admin:   "The userinfo reply is about another subject than the ID token (OIDC Core §5.3.2).",
	},
	event.ReasonSubjectInvalid: {
		status:  502,
		heading: "The provider did not say who you are",
		person:  "Its answer names nobody in particular.",
		help:    "Try again; if it stays so, tell the person who runs this site.",
		admin:   "The reply holds no usable permanent id of the person.",
	},
	event.ReasonAssertionInvalid: {
		status:  502,
		heading: "The provider's answer could not be trusted",
		person:  "A check of it failed, so nobody was signed in.",
		help:    "Try again; if it stays so, tell the person who runs this site.",
		admin:   "The provider's assertion failed a check.",
	},
	event.ReasonProviderUnknown: {
		status:  404,
		heading: "There is no such way in",
		person:  "This site does not know that provider.",
		help:    "Choose another on the sign-in page.",
		admin:   "The path names a provider that is not configured.",
	},
	event.ReasonProviderDisabled: {
		status:  503,
		heading: "This way in is closed",
		person:  "The person who runs this site has turned it off.",
		help:    "Choose another way in.",
		admin:   "The provider is configured but off.",
	},
	event.ReasonProviderMisconfigured: {
		status:  503,
		heading: "This way in is not set up properly",
		person:  "The person who runs this site has to mend it.",
		help:    "Choose another way in meanwhile.",
		admin:   "The provider's settings or its discovery document do not fit: see the log.",
	},
	event.ReasonProviderTimeout: {
		status:  504,
		heading: "The provider did not answer in time",
		person:  "It may be busy or down.",
		help:    "Try again in a minute, or choose another way in.",
		admin:   "A call to the provider passed its deadline (5 seconds a call, 10 a trip).",
	},
	event.ReasonProviderUnreachable: {
		status:  502,
		heading: "The provider cannot be reached",
		person:  "It may be down, or the way to it is.",
		help:    "Try again in a minute, or choose another way in.",
		admin:   "No connection to the provider: refused, no such host, or the network is down.",
	},
	event.ReasonProviderTLS: {
		status:  502,
		heading: "The provider cannot be trusted now",
		person:  "Its certificate is not in order.",
		help:    "Try again later, or choose another way in.",
		admin:   "The TLS handshake failed: an expired or foreign certificate.",
	},
	event.ReasonProviderHTTPError: {
		status:  502,
		heading: "The provider has a fault",
		person:  "It answered, but not with what was asked.",
		help:    "Try again in a minute, or choose another way in.",
		admin:   "The provider answered with an error status.",
	},
	event.ReasonProviderBadResponse: {
		status:  502,
		heading: "The provider's answer makes no sense",
		person:  "What it sent could not be read.",
		help:    "Try again later, or choose another way in.",
		admin:   "The reply is too large, not what its type says, or a redirect where none may be.",
	},
	event.ReasonProviderRejectedCode: {
		status:  502,
		heading: "The provider would not finish the sign-in",
		person:  "It no longer knew of it.",
		help:    "Start again from the sign-in page.",
		admin:   "The provider answered invalid_grant: the code was old, used, or meant for another client.",
	},
	event.ReasonProviderRejectedClient: {
		status:  502,
		heading: "This way in is not set up properly",
		person:  "The provider does not accept this site.",
		help:    "Choose another way in meanwhile, and tell the person who runs this site.",
		admin:   "The provider refused the client id or secret.",
	},
	event.ReasonProviderPanic: {
		status:  502,
		heading: "The provider's answer makes no sense",
		person:  "What it sent could not be read.",
		help:    "Try again later, or choose another way in.",
		admin:   "The provider's reply made its driver fail; the stack is in the log.",
	},
	event.ReasonProviderCircuitOpen: {
		status:  503,
		heading: "This way in is resting",
		person:  "It failed several times in a row.",
		help:    "Try again in a minute, or choose another way in.",
		admin:   "The circuit breaker is open after repeated failures.",
	},
	event.ReasonProviderSSRFBlocked: {
		status:  502,
		heading: "This way in is not set up properly",
		person:  "The provider points somewhere that this site may not go.",
		help:    "Choose another way in, and tell the person who runs this site.",
		admin:   "The provider's address is on a private network or a host that is not its own; set allow_private if that is meant.",
	},
	event.ReasonApprovalPending: {
		status:  403,
		heading: "You are waiting to be let in",
		person:  "An admin has to approve your account first.",
		help:    "Come back later; you need not sign in again in this browser.",
		admin:   "The account waits for an admin's approval.",
	},
	event.ReasonSignupClosed: {
		status:  403,
		heading: "This site takes no new people",
		person:  "Nobody here knows this account.",
		help:    "If you have been here before, sign in the way you did then. Otherwise ask the person who runs this site.",
		admin:   "A stranger was refused: signup is closed and no allow rule names them.",
		another: true,
	},
	event.ReasonInviteRequired: {
		status:  403,
		heading: "You need an invite",
		person:  "This site lets new people in by invite only.",
		help:    "Ask the person who runs this site for one.",
		admin:   "A stranger was refused: signup is by invite.",
		another: true,
	},
	event.ReasonInviteInvalid: {
		status:  403,
		heading: "This invite does not work",
		person:  "It was used, has expired, or never was.",
		help:    "Ask for a new one.",
		admin:   "The invite code is unknown, used up or over.",
	},
	event.ReasonDomainNotAllowed: {
		status:  403,
		heading: "This address is not on the list",
		person:  "The site lets in certain addresses only.",
		help:    "Try the account that has the right address, or ask the person who runs this site.",
		admin:   "A stranger's verified address matches no allow rule.",
		another: true,
	},
	event.ReasonEmailMissing: {
		status:  403,
		heading: "No e-mail address came along",
		person:  "The site needs one to decide whether to let you in.",
		help:    "Try another way in, or allow the provider to pass your address on.",
		admin:   "Allow rules ask for an address and the provider gave none.",
		another: true,
	},
	event.ReasonEmailUnverified: {
		status:  403,
		heading: "Your address is not verified there",
		person:  "The provider has not made sure that the address is yours.",
		help:    "Verify it at the provider, or try another way in.",
		admin:   "Allow rules count verified addresses only.",
		another: true,
	},
	event.ReasonEmailInvalid: {
		status:  403,
		heading: "The address that came along is not one",
		person:  "It could not be read as an e-mail address.",
		help:    "Try another way in.",
		admin:   "The provider's address does not parse.",
		another: true,
	},
	event.ReasonEmailAmbiguous: {
		status:  403,
		heading: "Several accounts have this address",
		person:  "So it is not clear which is yours.",
		help:    "Sign in the way you did before, or ask the person who runs this site.",
		admin:   "Two or more accounts hold this verified address; nothing was linked.",
		another: true,
	},
	event.ReasonLinkRequired: {
		status:  403,
		heading: "You may have an account here already",
		person:  "This is a new way in for somebody the site knows, so it was not added on its own.",
		help:    "Sign in the way you did before; then add this one on your account page.",
		admin:   "The identity is nobody's yet, and nothing is linked without its owner's doing.",
		another: true,
	},
	event.ReasonLinkDisabled: {
		status:  403,
		heading: "Ways in cannot be added here",
		person:  "The person who runs this site has turned that off.",
		help:    "Sign in the way you did before.",
		admin:   "Linking is off.",
	},
	event.ReasonTenantNotAllowed: {
		status:  403,
		heading: "Your organisation is not on the list",
		person:  "The site lets in certain organisations only.",
		help:    "Try another account, or ask the person who runs this site.",
		admin:   "The identity's tenant is not allowed.",
		another: true,
	},
	event.ReasonAccountDisabled: {
		status:  403,
		heading: "This account is closed",
		person:  "An admin has disabled it.",
		help:    "Ask the person who runs this site if you think that is wrong.",
		admin:   "The account is disabled; signing in never changes that.",
		another: true,
	},
	event.ReasonAccountDeleted: {
		status:  403,
		heading: "This account is gone",
		person:  "It was deleted.",
		help:    "Ask the person who runs this site if you think that is wrong.",
		admin:   "The account was deleted.",
		another: true,
	},
	event.ReasonAccountMerged: {
		status:  403,
		heading: "This account is part of another now",
		person:  "The two were merged.",
		help:    "Sign in to the other one.",
		admin:   "The account was merged into another.",
		another: true,
	},
	event.ReasonIdentityInUse: {
		status:  409,
		heading: "That one belongs to another account",
		person:  "What you chose is a way into somebody's account already, perhaps a second one of yours.",
		help:    "Nothing has changed. To use it here, sign in with it, unlink it there, and link it again from this account.",
		admin:   "The identity is linked to another account. Nobody was switched and nothing moved.",
	},
	event.ReasonAlreadyLinked: {
		status:  200,
		heading: "It was linked already",
		person:  "This is one of your ways in.",
		help:    "Nothing has changed.",
		admin:   "The identity is the account's own already.",
	},
	event.ReasonLastIdentity: {
		status:  409,
		heading: "It is your last way in",
		person:  "Without it you could not sign in any more.",
		help:    "Link another one first, then unlink this.",
		admin:   "The last usable identity cannot be unlinked.",
	},
	event.ReasonNotFresh: {
		status:  403,
		heading: "Please prove that it is you",
		person:  "This needs a sign-in from the last few minutes.",
		help:    "Sign in once more, then try again.",
		admin:   "The session's last proof is too old for this act.",
	},
	event.ReasonPendingInvalid: {
		status:  400,
		heading: "That is over",
		person:  "What you were asked to confirm is no longer open.",
		help:    "Start again from your account page.",
		admin:   "A pending act is unknown, used or over.",
	},
	event.ReasonCSRF: {
		status:  403,
		heading: "That came from another site",
		person:  "For your safety, only this site's own pages may do that.",
		help:    "Go to the page itself and try there.",
		admin:   "A form was sent across origins, or from a page of another site.",
	},
	event.ReasonRateLimited: {
		status:  429,
		heading: "That was a lot at once",
		person:  "Your network has asked too often.",
		help:    "Wait a minute, then try again.",
		admin:   "The network's budget for sign-ins is used up for now.",
	},
	event.ReasonNotAdmin: {
		status:  403,
		heading: "This page is for admins",
		person:  "Your account is not one.",
		help:    "If you need it, ask the person who runs this site.",
		admin:   "Somebody who is not an admin asked for an admin page.",
	},
	event.ReasonUntrustedProxy: {
		status:  403,
		heading: "That cannot be answered",
		person:  "The request came by a way that this site does not trust.",
		admin:   "A forwarded request from a peer that is no trusted proxy.",
	},
	event.ReasonBadForwardedHeader: {
		status:  400,
		heading: "That cannot be answered",
		person:  "The request could not be read.",
		admin:   "A forwarded header is missing, doubled or malformed.",
	},
	event.ReasonClaimInvalid: {
		status:  403,
		heading: "This link has had its time",
		person:  "It works once, for a day at most, and only until the site has an admin.",
		help:    "Start Gatebook again to have a new link printed, or run: gatebook admin grant",
		admin:   "The claim link was used, is over, was replaced by a later start, or there is an admin.",
	},
	event.ReasonStorageFull: {
		status:  503,
		heading: "Nothing can be written down just now",
		person:  "The disk is full, and nobody gets in without its being written down.",
		help:    "Try again later, and tell the person who runs this site.",
		admin:   "The disk or the database's bound is full.",
	},
	event.ReasonStorageReadonly: {
		status:  503,
		heading: "Nothing can be written down just now",
		person:  "The book cannot be written, and nobody gets in without that.",
		help:    "Try again later, and tell the person who runs this site.",
		admin:   "The database is read-only.",
	},
	event.ReasonStorageUnavailable: {
		status:  503,
		heading: "Nothing can be written down just now",
		person:  "The book did not answer in time.",
		help:    "Try again in a minute.",
		admin:   "The database did not answer in time.",
	},
	event.ReasonStorageCorrupt: {
		status:  503,
		heading: "The book is damaged",
		person:  "Nobody gets in until it is mended.",
		help:    "Tell the person who runs this site.",
		admin:   "The database is damaged.",
	},
	event.ReasonShutdown: {
		status:  503,
		heading: "This site is just stopping",
		person:  "It will be back soon.",
		help:    "Try again in a minute.",
		admin:   "The program was stopping.",
	},
	event.ReasonPanic: {
		status:  500,
		heading: "Something went wrong here",
		person:  "It is not your doing, and it has been noted.",
		help:    "Try again; if it stays so, give the reference below to the person who runs this site.",
		admin:   "A fault in Gatebook; the log has it under the request's reference.",
	},
	event.ReasonKnownIdentity: {
		admin: "The identity is linked to the account.",
	},
	event.ReasonSignup: {
		admin: "A new person, let in by the sign-up policy.",
	},
	event.ReasonProvedBySignin: {
		admin: "The person proved both sides.",
	},
	event.ReasonSignedIn: {
		admin: "Linked while signed in, with a recent proof.",
	},
	event.ReasonAutoVerifiedEmail: {
		admin: "Linked by a verified address of a provider that is an authority for it.",
	},
	event.ReasonInvited: {
		admin: "By invite.",
	},
	event.ReasonRescue: {
		admin: "By an admin's rescue link.",
	},
	event.ReasonSwitchedAccount: {
		admin: "Another account signed in at the same browser.",
	},
	event.ReasonAllowed: {
		admin: "An allow rule names them.",
	},
	event.ReasonClaimed: {
		admin: "By the claim link printed at start.",
	},
	event.ReasonGranted: {
		admin: "By the command line.",
	},
	event.ReasonDemo: {
		admin: "The first person of the demo.",
	},
	event.ReasonAccountRequest: {
		admin: "The person asked for it.",
	},
	event.ReasonIdle: {
		admin: "Not used for too long.",
	},
	event.ReasonAbsolute: {
		admin: "Its time was up.",
	},
	event.ReasonLimit: {
		admin: "Too many sessions; the oldest made room.",
	},
	event.ReasonAdmin: {
		admin: "An admin did it.",
	},
	event.ReasonIdentityUnlinked: {
		admin: "The identity that had signed it in was unlinked.",
	},
	event.ReasonRotated: {
		admin: "Renewed under another token.",
	},
	event.ReasonCorrupt: {
		admin: "Its stored bytes could not be read.",
	},
}
