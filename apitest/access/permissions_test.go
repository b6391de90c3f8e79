package access_test

import (
	"slices"
	"strings"
	"testing"

	"ensemble/consultation/permission"
	"ensemble/graph/generated"
)

// reads are what the table of permissions knows besides mutations: what people read, and that an identity is linked, on
// the way back from a provider.
var reads = []string{
	"exportAccount", "readHidden", "readSignatory", "readRoles", "readAudit", "readSessions", "readAccessTokens",
	"readIdentities", "readNotifications", "readModerationQueue", "readModerationCase", "linkIdentity",
}

// The table of permissions knows every mutation, and no act that is neither a mutation nor one of reads.
func TestEveryMutationIsPermittedToSomebody(t *testing.T) {
	var known []string
	for _, p := range permission.Permissions() {
		known = append(known, p.Acts...)
	}

	mutations := slices.Clone(reads)
	for _, f := range generated.NewExecutableSchema(generated.Config{}).Schema().Mutation.Fields {
		if strings.HasPrefix(f.Name, "__") {
			continue
		}
		mutations = append(mutations, f.Name)
		if !slices.Contains(known, f.Name) {
			t.Errorf("nobody decided who may %s", f.Name)
		}
	}

	for _, act := range known {
		if !slices.Contains(mutations, act) {
			t.Errorf("%s is no mutation", act)
		}
	}
}
