package refusal

import "ensemble/ent"

func Missing(field string) *Error {
	return &Error{Code: NotFound, Field: field, Message: "There is no such thing here, or not for you."}
}

// OrMissing is the error, or else a refusal on the field.
func OrMissing(field string, err error) error {
	if err != nil {
		return err
	}
	return Missing(field)
}

func IgnoreMissing(err error) error {
	if ent.IsNotFound(err) {
		return nil
	}
	return err
}

// IfMissing turns "no such row" into the refusal for the input field that named it.
func IfMissing(field string, err error) error {
	if ent.IsNotFound(err) {
		return Missing(field)
	}
	return err
}

// HideDraft answers strangers who name a draft as if it did not exist.
func HideDraft(err error, field string, draft bool) error {
	if draft && CodeOf(err) == Forbidden {
		return Missing(field)
	}
	return err
}
