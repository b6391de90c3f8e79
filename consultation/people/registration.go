package people

import "ensemble/consultation/public"

// registerAccounts has everybody find people.
func (s *Accounts) registerAccounts() {
	public.RegisterNode(s.public, "user", s.public.People)
}
