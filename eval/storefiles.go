package eval

import (
	"regexp"

	"github.com/amgen/amgen/internal/replace"
)

var chunkName = regexp.MustCompile(`^\d{8,}\.npz$`)

// IsStoreFile tells the names that a [Store] gives to files in its directory, those that a killed process left unfinished included.
func IsStoreFile(name string) bool {
	if of, ok := replace.Unfinished(name); ok {
		name = of
	}
	return name == aboutName || chunkName.MatchString(name)
}
