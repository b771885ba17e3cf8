package providers

import "slices"

// publicClient says whether the kind takes a client without a secret.
func (k Kind) publicClient() bool {
	return slices.ContainsFunc(k.Fields, func(f Field) bool { return f.Name == "client_secret" && !f.Required })
}

// TrustWhy says in a sentence why an address of this instance counts as
// verified, or why it does not.
func (p *Provider) TrustWhy() string {
	k := p.kind
	switch {
	case p.cfg.EmailTrust != "" && p.trust != k.EmailTrust && p.trust == TrustVerified:
		return "the settings say that this provider's word on addresses counts"
	case p.cfg.EmailTrust != "" && p.trust != k.EmailTrust:
		return "the settings say that this provider's word on addresses does not count"
	}
	return k.TrustWhy()
}

// TrustWhy says in a sentence why the kind's default trust is what it is.
func (k Kind) TrustWhy() string {
	switch {
	case k.EmailWhy != "":
		return k.EmailWhy
	case k.EmailTrust == TrustVerified:
		return "the provider says of each address whether it is verified (" + k.EmailFlag + ")"
	case k.EmailFlag == "":
		return "the provider does not say whether an address is verified"
	}
	return "the provider has a flag (" + k.EmailFlag + "), but what it stands for was not established"
}
