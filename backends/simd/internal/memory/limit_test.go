package memory

import "testing"

// TestMachineMemory checks that what the system reports is of a plausible size.
func TestMachineMemory(t *testing.T) {
	available, installed := availableMemory(), installedMemory()
	if available < 16<<20 || installed < available {
		t.Errorf("got %d bytes available of %d installed", available, installed)
	}
}
