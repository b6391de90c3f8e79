package refusal

import (
	"errors"
	"testing"
)

// Refusals are told together, in their order; a failure goes before them.
func TestTogether(t *testing.T) {
	name, email := BadInput("name", "This must not be empty."), BadInput("email", "This is no address.")
	failure := errors.New("disk full")

	for _, c := range []struct {
		errs []error
		want []error
	}{
		{nil, []error{nil}},
		{[]error{nil, nil}, []error{nil}},
		{[]error{nil, name}, []error{name}},
		{[]error{email, nil, name}, []error{email, name}},
		{[]error{email, failure}, []error{failure}},
		{[]error{Together(email, name), email}, []error{email, name, email}},
	} {
		got := Each(Together(c.errs...))
		if len(got) != len(c.want) {
			t.Errorf("%v: %v", c.errs, got)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%v: %v", c.errs, got)
			}
		}
	}

	if err := Together(name, email); CodeOf(err) != BadUserInput ||
		err.Error() != "BAD_USER_INPUT name: This must not be empty.; BAD_USER_INPUT email: This is no address." {
		t.Errorf("%v, %s", err, CodeOf(err))
	}
}
