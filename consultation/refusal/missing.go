package refusal

import "ensemble/ent"

// Missing refuses an input that names something that does not exist, or that the viewer may not see: nobody learns
// which of both it is. field is the input, as the schema spells it.
func Missing(field string) *Error {
	return &Error{Code: NotFound, Field: field, Message: "There is no such thing here, or not for you."}
}

// OrMissing returns err, or, when that is nil, the refusal Missing on the field.
func OrMissing(field string, err error) error {
	if err != nil {
		return err
	}
	return Missing(field)
}

// IgnoreMissing returns nil for "no such row", and any other error as it is.
func IgnoreMissing(err error) error {
	if ent.IsNotFound(err) {
		return nil
	}
	return err
}

// IfMissing returns, for "no such row", the refusal Missing on the field, and any other error as it is.
func IfMissing(field string, err error) error {
	if ent.IsNotFound(err) {
		return Missing(field)
	}
	return err
}

// HideDraft returns, where a stranger names a draft and is refused with FORBIDDEN, the refusal Missing on the field: as
// if the draft did not exist. It returns any other error as it is.
func HideDraft(err error, field string, draft bool) error {
	if draft && CodeOf(err) == Forbidden {
		return Missing(field)
	}
	return err
}
