package imaging

import (
	"os"
	"testing"
)

// userOffline is whether the tests were started with AMGEN_OFFLINE=1: then the one that may fetch a real
// data set doesn't. The others have servers of their own, to which the variable means nothing.
var userOffline = os.Getenv("AMGEN_OFFLINE") == "1"

func TestMain(m *testing.M) {
	os.Unsetenv("AMGEN_OFFLINE")
	os.Exit(m.Run())
}
