package term

import "fmt"

// Count is a number of things with their name, which takes an s but for one.
func Count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
