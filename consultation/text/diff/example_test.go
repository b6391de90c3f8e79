package diff_test

import (
	"fmt"

	"ensemble/consultation/text/diff"
)

func ExampleOf() {
	for _, p := range diff.Of("Open ten places.\n\nTrain people.",
		"Open twelve places.\n\nTrain people.\n\nReport yearly.") {
		fmt.Printf("%s %q\n", p.Kind, p.Spans)
	}
	// Output:
	// CHANGED [{"KEPT" "Open "} {"REMOVED" "ten"} {"ADDED" "twelve"} {"KEPT" " places.\n\n"}]
	// KEPT [{"KEPT" "Train people."} {"ADDED" "\n\n"}]
	// ADDED [{"ADDED" "Report yearly."}]
}
