package bulk

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"ensemble/ent"
)

// left names the columns that are not copied, and says why.
var left = map[string]string{
	"Commitment promoted_from_id": "the amendment is stored later; promotions are made by the rules",
}

// Each column of a row is copied, except those in left: a new column asks for a choice.
func TestEveryColumnIsCopied(t *testing.T) {
	c := ent.NewClient()

	// People and organizations.
	copies(t, c.User.Create(), setUser)
	copies(t, c.Organization.Create(), setOrganization)
	copies(t, c.Membership.Create(), setMembership)

	// Processes, and the texts in them.
	copies(t, c.Process.Create(), setProcess)
	copies(t, c.Role.Create(), setRole)
	copies(t, c.Phase.Create(), setPhase)
	copies(t, c.Axis.Create(), setAxis)
	copies(t, c.Commitment.Create(), setCommitment)
	copies(t, c.Version.Create(), setVersion)

	// What people write about the texts.
	copies(t, c.Amendment.Create(), setAmendment)
	copies(t, c.Comment.Create(), setComment)
	copies(t, c.CommentEdit.Create(), setEdit)
	copies(t, c.CommentVote.Create(), setVote)
	copies(t, c.Support.Create(), setSupport)

	// Moderation.
	copies(t, c.ModerationCase.Create(), setCase)
	copies(t, c.Report.Create(), setReport)
	copies(t, c.Moderation.Create(), setModeration)
	copies(t, c.AuditEntry.Create(), setAudit)
}

// copies fills every column of a row with some value, and checks which of them set has copied.
func copies[Row any, Create any](t *testing.T, create Create, set func(Create, *Row)) {
	t.Helper()
	row := reflect.New(reflect.TypeFor[Row]())

	var columns []string
	for i := range row.Elem().NumField() {
		field := row.Elem().Type().Field(i)
		column, _, _ := strings.Cut(field.Tag.Get("json"), ",") // "-" hides secrets from JSON
		if f := row.Elem().Field(i); column != "edges" && column != "id" && f.CanSet() && column != "-" {
			f.Set(something(f.Type()))
			columns = append(columns, column)
		}
	}

	set(create, row.Interface().(*Row))
	mutation := reflect.ValueOf(create).MethodByName("Mutation").Call(nil)[0].Interface().(interface{ Fields() []string })
	for _, column := range columns {
		name := reflect.TypeFor[Row]().Name() + " " + column
		if copied := slices.Contains(mutation.Fields(), column); copied == (left[name] != "") {
			t.Errorf("%s: copied %t", name, copied)
		}
	}
}

// something returns a value of a type that is not its zero value.
func something(of reflect.Type) reflect.Value {
	v := reflect.New(of).Elem()

	switch of.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(of.Elem()))
		v.Elem().Set(something(of.Elem()))
	case reflect.String:
		v.SetString("x")
	case reflect.Int, reflect.Int64:
		v.SetInt(2)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Struct:
		v.Set(reflect.ValueOf(time.Unix(1, 0)))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(of, 1, 1))
	case reflect.Map:
		v.Set(reflect.MakeMap(of))
	}

	return v
}
