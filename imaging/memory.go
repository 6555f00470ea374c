package imaging

import (
	"fmt"

	"github.com/dustin/go-humanize"
)

// checkMemory is an error where n images of a size take more bytes than there may be; 0 is no bound.
func checkMemory(name string, n, size, channels int, most int64) error {
	if bytes := float64(n) * float64(size) * float64(size) * float64(channels); most > 0 && bytes > float64(most) {
		si := func(bytes float64) string { return humanize.SIWithDigits(bytes, 1, "B") }
		return fmt.Errorf("imaging: %d images of %s, got a size of %d×%d×%d, in which they take %s of memory, and "+
			"there are %s; use a smaller one", n, name, size, size, channels, si(bytes), si(float64(most)))
	}
	return nil
}
