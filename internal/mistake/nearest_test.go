package mistake

import "testing"

func TestNearest(t *testing.T) {
	known := []string{"", "mnist", "fashion-mnist", "cifar10", "moons", "time-scale", "am", "eam", "uam"}
	for got, want := range map[string]string{
		"CIFAR10": "cifar10", "cifar-10": "cifar10", "cifar_10": "cifar10", "Fashion MNIST": "fashion-mnist",
		"fashon-mnist": "fashion-mnist", "nmist": "mnist", "moon": "moons", "timescale": "time-scale",
		"": "", "imagenet": "", "svhn": "", "fam": "", "x": "", "-": "",
	} {
		if near := Nearest(got, known); near != want {
			t.Errorf("%q stands for %q, want %q", got, near, want)
		}
	}
}
