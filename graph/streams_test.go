package graph

import (
	"reflect"
	"strings"
	"testing"

	"ensemble/graph/generated"
)

// TestStreamOfEachSubscription compares the table of subscriptions with the schema: each field has a row, which takes
// an argument of the field, is personal if the field is marked so, and feeds what the field's resolver sends.
func TestStreamOfEachSubscription(t *testing.T) {
	fields := generated.NewExecutableSchema(generated.Config{}).Schema().Subscription.Fields
	resolvers := reflect.TypeFor[generated.SubscriptionResolver]()

	for _, field := range fields {
		row, known := streams[field.Name]
		if !known {
			t.Errorf("%s has no row", field.Name)
			continue
		}

		if row.argument != "" && field.Arguments.ForName(row.argument) == nil {
			t.Errorf("%s has no argument %q", field.Name, row.argument)
		}
		if marked := field.Directives.ForName("viewer") != nil; marked && !row.personal {
			t.Errorf("%s is marked @viewer, and its row is not personal", field.Name)
		}

		resolver, _ := resolvers.MethodByName(strings.ToUpper(field.Name[:1]) + field.Name[1:])
		if sends, fed := resolver.Type.Out(0), reflect.TypeOf(row.feed(&Resolver{}, "").channel); sends != fed {
			t.Errorf("the resolver of %s sends from %s, its row feeds %s", field.Name, sends, fed)
		}
	}

	for name := range streams {
		if fields.ForName(name) == nil {
			t.Errorf("%s is no field of Subscription", name)
		}
	}
}
