package merge_test

import (
	"fmt"

	"ensemble/consultation/text/merge"
)

func ExampleThreeWay() {
	base := "Open ten places in every town."
	merged, conflicts := merge.ThreeWay(base, "Open twelve places in every town.", "Open ten places in every village.")
	fmt.Println(merged, len(conflicts))

	_, conflicts = merge.ThreeWay(base, "Open twelve places in every town.", "Open twenty places in every town.")
	fmt.Printf("%q\n", conflicts)
	// Output:
	// Open twelve places in every village. 0
	// [{"Open ten places in every town." "Open twelve places in every town." "Open twenty places in every town."}]
}
