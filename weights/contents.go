package weights

// Contents is all that a file of tensors tells.
type Contents struct {
	File
	Format string // FormatSafetensors or FormatPyTorch
	// Saved are the names of the tensors in the order in which a PyTorch file lists them, which in a state dictionary
	// is the order of the module's parameters. A safetensors file has no such order.
	Saved []string
	// LeftOut is what a PyTorch file holds beside tensors, numbers and texts, in the order of names; at most a
	// thousand.
	LeftOut []LeftOut
}

// LeftOut is a value of a PyTorch file that isn't read.
type LeftOut struct {
	Name string `json:"name"` // where in the file, as in "args"
	What string `json:"what"` // as in "an object of class argparse.Namespace"
	// Tensors counts those in it, or is 1 for a tensor of a kind that isn't read.
	Tensors int `json:"tensors,omitempty"`
}
