package refusal

import "strings"

// several are refusals of one input, in the order of its fields.
type several []error

// Error returns the refusals as the log has them.
func (s several) Error() string {
	lines := make([]string, len(s))
	for i, err := range s {
		lines[i] = err.Error()
	}
	return strings.Join(lines, "; ")
}

// Unwrap returns the refusals.
func (s several) Unwrap() []error { return s }

// Together returns the refusals among errs as one error, so that whoever filled in a form is told of everything that is
// wrong; nil when all are nil. An error that is no refusal goes before all others.
func Together(errs ...error) error {
	var all several
	for _, err := range errs {
		if err == nil {
			continue
		}
		if CodeOf(err) == "" {
			return err
		}
		all = append(all, Each(err)...)
	}
	switch len(all) {
	case 0:
		return nil
	case 1:
		return all[0]
	}
	return all
}

// Each returns the errors that Together has put together; any other error alone.
func Each(err error) []error {
	if all, ok := err.(several); ok {
		return all
	}
	return []error{err}
}
