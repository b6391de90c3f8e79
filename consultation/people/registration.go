package people

import "ensemble/consultation/public"

// registerAccounts lets everybody find people by their ids.
func (s *Accounts) registerAccounts() {
	public.RegisterNode(s.public, "user", s.public.People)
}
