package fetch

import (
	"os"
	"testing"
)

// The tests have servers of their own, to which the variable means nothing.
func TestMain(m *testing.M) {
	os.Unsetenv("AMGEN_OFFLINE")
	os.Exit(m.Run())
}
