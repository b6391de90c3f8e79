package markdown_test

import (
	"fmt"

	"ensemble/consultation/text/markdown"
)

func ExampleMentions() {
	fmt.Println(markdown.Mentions("Thanks @Marie and @jean_2, write to jean@example.org or `@nobody`."))
	// Output: [marie jean_2]
}
