"""What the clinic does: each public function is one transaction."""
