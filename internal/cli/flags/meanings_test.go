package flags

import (
	"strings"
	"testing"
)

// TestMeanings: each name that has a meaning is listed with it in the help of its setting.
func TestMeanings(t *testing.T) {
	help := configHelp()
	for key, names := range meanings {
		for name, meaning := range names {
			if !strings.Contains(help[key], name+" ("+meaning+")") {
				t.Errorf("--%s: %s (%s) isn't in %q", flagName(key), name, meaning, help[key])
			}
		}
	}
}
