int broken(void)
{
	return no_such_name;
}
