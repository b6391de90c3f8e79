package text_test

import (
	"fmt"

	"ensemble/consultation/text"
)

func ExampleDiff() {
	for _, p := range text.Diff("Open ten places.\n\nTrain people.", "Open twelve places.\n\nTrain people.\n\nReport yearly.") {
		fmt.Printf("%s %q\n", p.Kind, p.Spans)
	}
	// Output:
	// CHANGED [{"KEPT" "Open "} {"REMOVED" "ten"} {"ADDED" "twelve"} {"KEPT" " places.\n\n"}]
	// KEPT [{"KEPT" "Train people."} {"ADDED" "\n\n"}]
	// ADDED [{"ADDED" "Report yearly."}]
}

func ExampleMerge() {
	base := "Open ten places in every town."
	merged, conflicts := text.Merge(base, "Open twelve places in every town.", "Open ten places in every village.")
	fmt.Println(merged, len(conflicts))
	_, conflicts = text.Merge(base, "Open twelve places in every town.", "Open twenty places in every town.")
	fmt.Printf("%q\n", conflicts)
	// Output:
	// Open twelve places in every village. 0
	// [{"Open ten places in every town." "Open twelve places in every town." "Open twenty places in every town."}]
}

func ExampleMentions() {
	fmt.Println(text.Mentions("Thanks @Marie and @jean_2, write to jean@example.org or `@nobody`."))
	// Output: [marie jean_2]
}
